/** Moleculer's circuit breaker, and where it needs a hand. */
import type { BrokerOptions, ServiceBroker } from "moleculer";
import { limits } from "../limits.ts";
import { isFault } from "./faults.ts";

/**
 * It counts in windows that start from nothing, and a window full of good answers hides a node
 * that just began to hang. So a window is no longer than the timeout of a read: when the first
 * timeouts come in, the good answers from before are forgotten.
 */
export const breakerOptions: NonNullable<BrokerOptions["circuitBreaker"]> = {
	enabled: true,
	threshold: 0.5,
	minRequestCount: 5,
	windowTime: limits.readMillisecondsMax / 1_000,
	halfOpenTime: 5_000,
	check: isFault
};

interface Circuit {
	readonly ep: { readonly id: string };
	readonly cbTimer: NodeJS.Timeout | null;
}

/**
 * A node that was away and is back has new endpoints, and the breaker would open and close the old
 * ones for ever. It is made to forget them.
 */
export function forgetLostNodes(broker: ServiceBroker): void {
	broker.localBus.on("$node.disconnected", ({ node }: { node: { id: string } }) => {
		const { CircuitBreakerStore: circuits } = broker as unknown as {
			CircuitBreakerStore?: Map<string, Circuit>;
		};
		for (const [key, { ep, cbTimer }] of circuits ?? []) {
			if (ep.id !== node.id) continue;
			if (cbTimer) clearTimeout(cbTimer);
			circuits?.delete(key);
		}
	});
}
