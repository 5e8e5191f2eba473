/**
 * Asks providers about what they have not told: callbacks get lost, and pages are left. Each
 * answer goes through the same door as a callback, so it does not matter whether both come, or
 * whether two nodes ask at once; the lease only saves calls.
 */
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { dueIntents, type Intent } from "./payments.intents.model.ts";
import { refundOnce } from "./payments.refunds.ts";
import { looked, receive, refunded } from "./payments.settle.ts";
import type { PaymentProvider, ProviderEvent } from "./providers/provider.ts";

export interface PollSetup {
	readonly db: Sql;
	readonly providers: ReadonlyMap<string, PaymentProvider>;
	readonly logger: { warn(...words: unknown[]): void };
}

/** Looks at everything that is due at `now`; returns how many intents that were. */
export async function pollOnce(setup: PollSetup, now: Date): Promise<number> {
	const due = await dueIntents(setup.db, now, limits.paymentPollRowsMax);
	const atOnce = limits.paymentPollAtOnceMax;
	for (let from = 0; from < due.length; from += atOnce) {
		const part = due.slice(from, from + atOnce);
		await Promise.all(part.map((intent) => lookAt(setup, intent, now)));
	}
	return due.length;
}

/** One that cannot be looked at must not keep the others from it: it waits for its next turn. */
async function lookAt(setup: PollSetup, intent: Intent, now: Date): Promise<void> {
	const { db, logger } = setup;
	let isFinal = false;
	try {
		isFinal = await askAbout(setup, intent, now);
	} catch (error) {
		logger.warn(`Payment ${intent.id} could not be looked at; trying again later:`, error);
	}
	try {
		await db.transaction((tx) => looked(tx, intent.id, { now, isFinal }));
	} catch (error) {
		logger.warn(`Payment ${intent.id} got no time for its next look:`, error);
	}
}

/** Whether the provider has said its last word. */
async function askAbout(setup: PollSetup, intent: Intent, now: Date): Promise<boolean> {
	const { db, providers } = setup;
	const provider = providers.get(intent.provider);
	if (!provider) return false;
	if (intent.status === "refunding") {
		await sendBack(db, { provider, intent, now });
		return false;
	}
	const event = await provider.fetchStatus(intent.id);
	if (event && hasNews(event)) {
		await db.transaction((tx) => receive(tx, { provider: provider.name, event, now }));
	}
	// A provider that knows no such checkout has nothing more to say either.
	return event?.kind !== "open";
}

const hasNews = ({ kind }: ProviderEvent): boolean => kind !== "open" && kind !== "closed";

async function sendBack(
	db: Sql,
	{ provider, intent, now }: { provider: PaymentProvider; intent: Intent; now: Date }
): Promise<void> {
	const { id, amount, currency, providerReference } = intent;
	if (providerReference === null) return;
	await provider.refund({ refundId: id, reference: providerReference, amount, currency });
	await db.transaction((tx) => refunded(tx, id, now));
}

/** Polls every few seconds while this node holds the lease. */
export class Poller {
	readonly #setup: PollSetup & { readonly held: Held };
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> = Promise.resolve();
	#isStopped = false;

	constructor(setup: PollSetup & { readonly held: Held }) {
		this.#setup = setup;
	}

	/** The next round begins a while after the one before it has ended. */
	start(): void {
		if (this.#isStopped) return;
		this.#timer = setTimeout(() => {
			this.#round = this.#poll().then(() => this.start());
		}, limits.paymentPollMilliseconds);
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
	}

	async #poll(): Promise<void> {
		const { held, logger } = this.#setup;
		if (held.token === undefined) return;
		try {
			await pollOnce(this.#setup, new Date());
			await refundOnce(this.#setup, new Date());
		} catch (error) {
			logger.warn("Payments were not looked at; trying again:", error);
		}
	}
}
