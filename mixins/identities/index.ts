/**
 * `this.identities.identify(token)`: who a token belongs to, for the services through which
 * clients come in. One copy and one poll per broker, shared by its services.
 */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import type { Mixin } from "../../lib/service.ts";
import { type EndedSession, Identities } from "./identities.ts";

export type { EndedSession, Identities, Identity } from "./identities.ts";

interface Shared {
	readonly identities: Identities;
	services: number;
	timer: NodeJS.Timeout | undefined;
	first: Promise<void> | undefined;
}

const shared = new WeakMap<ServiceBroker, Shared>();

interface Member {
	readonly broker: ServiceBroker;
	identities: Identities;
}

/** `started` waits for the first answer, if `auth` is there, so that no ended session gets in. */
export function identities(): Mixin<{ identities: Identities }> {
	return {
		created(this: Member) {
			const entry = shared.get(this.broker) ?? {
				identities: new Identities(typed(this.broker)),
				services: 0,
				timer: undefined,
				first: undefined
			};
			shared.set(this.broker, entry);
			entry.services += 1;
			this.identities = entry.identities;
		},
		events: {
			"auth.sessionEnded"(this: Member, ctx: { params: EndedSession }) {
				this.identities.end(ctx.params);
			}
		},
		async started(this: Member) {
			const { broker } = this;
			const entry = shared.get(broker);
			if (!entry) return;
			entry.first ??= refresh(broker, entry.identities);
			entry.timer ??= setInterval(
				() => refresh(broker, entry.identities),
				limits.revocationPollMilliseconds
			);
			await entry.first;
		},
		stopped(this: Member) {
			const entry = shared.get(this.broker);
			if (!entry) return;
			entry.services -= 1;
			if (entry.services > 0) return;
			clearInterval(entry.timer);
			shared.delete(this.broker);
		}
	} as unknown as Mixin<{ identities: Identities }>;
}

/** Fetches what `auth` ended; a failure leaves what is known and is tried again. */
async function refresh(broker: ServiceBroker, known: Identities): Promise<void> {
	// Asking in vain twice a second would only fill the log.
	if (!broker.registry.actions.isAvailable("auth.revocations")) return;
	try {
		await known.refresh();
	} catch (error) {
		broker.logger.debug("Revocations could not be fetched", error);
	}
}
