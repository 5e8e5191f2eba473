import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";

/** Brokers that told the relay a moment ago, and whether there was a commit since. */
const resting = new WeakMap<ServiceBroker, { again: boolean }>();

/**
 * Tells the nodes of the outbox service that rows were committed: at once, then at most once per
 * `limits.outboxWakeMilliseconds`, so that a burst of commits does not become a burst of hints.
 */
export function wakeRelay(broker: ServiceBroker): void {
	const rest = resting.get(broker);
	if (rest) {
		rest.again = true;
		return;
	}
	const state = { again: false };
	resting.set(broker, state);
	setTimeout(() => {
		resting.delete(broker);
		if (state.again) wakeRelay(broker);
	}, limits.outboxWakeMilliseconds).unref();
	// A hint: when it is lost, the relay looks by itself a second later.
	typed(broker)
		.broadcast("outbox.committed", {}, { groups: ["outbox"] })
		.catch((error: unknown) => broker.logger.debug("The relay was not woken.", error));
}
