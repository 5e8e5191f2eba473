/** What a word of a provider makes of an intent: judged, recorded, fulfilled in one transaction. */
import type { Transaction } from "../../mixins/sql/index.ts";
import { settleOrders } from "../orders/orders.tx.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { coinCurrency, type Leg, postTransfers } from "../wallets/wallets.tx.ts";
import { insertEvent, writeOutcome } from "./payments.events.model.ts";
import {
	type Intent,
	lockIntent,
	type Purpose,
	writeCheckout,
	writeLook,
	writeStatus
} from "./payments.intents.model.ts";
import { hasRefunds, insertCapture, requestRefund } from "./payments.refunds.model.ts";
import {
	isAnomaly,
	isOpen,
	judge,
	type Move,
	nextLook,
	type Outcome,
	transitions
} from "./payments.rules.ts";
import type { Checkout, ProviderEvent } from "./providers/provider.ts";

export interface Received {
	/** Name of the provider. */
	readonly provider: string;
	readonly event: ProviderEvent;
	readonly now: Date;
}

/**
 * Handles an event once: the row with its id, the move of the intent, the coins and the outbox
 * row commit together. `repeated` when the event was told before.
 */
export async function receive(
	tx: Transaction,
	{ provider, event, now }: Received
): Promise<Outcome | "repeated"> {
	const found = event.intentId === null ? undefined : await lockIntent(tx, event.intentId);
	// An intent of another provider is none that this one may speak of.
	const intent = found?.provider === provider ? found : undefined;
	const judged = judge(intent, event);
	const { move } = judged;
	const outcome = await knownRefund(tx, intent, judged.outcome);
	const stored = {
		...{ provider, event, outcome, isAnomaly: isAnomaly(outcome) },
		...{ intentId: intent?.id ?? null, at: now }
	};
	if (!(await insertEvent(tx, stored))) return "repeated";
	if (!intent || !move || outcome === "stale") return outcome;
	const known = { ...intent, providerReference: intent.providerReference ?? event.reference };
	if (move !== "paid" || (await fulfil[intent.purpose](tx, known, now))) {
		if (move === "returned") await postReturn(tx, known);
		await moveTo(tx, known, { move, now });
		return outcome;
	}
	await postReceipt(tx, known);
	await moveTo(tx, known, { move: "refused", now });
	await writeOutcome(tx, { ...stored, outcome: "returned", isAnomaly: true });
	return "returned";
}

/** Money that went back is no surprise where refunds were asked for. */
async function knownRefund(
	tx: Transaction,
	intent: Intent | undefined,
	outcome: Outcome
): Promise<Outcome> {
	const isKnown = intent && outcome === "unexpected" && (await hasRefunds(tx, intent.id));
	return isKnown ? "stale" : outcome;
}

/** What each purpose does with the money; false when it cannot be done and must go back. */
const fulfil: Readonly<
	Record<Purpose, (tx: Transaction, intent: Intent, now: Date) => Promise<boolean>>
> = {
	async recharge(tx, intent, now) {
		const { id, userId, coins } = intent;
		const isDone = await post(tx, {
			intent: `recharge:${id}`,
			kind: "recharge",
			reference: id,
			legs: [
				...cashLegs(intent, 1),
				{ account: { system: "world", currency: coinCurrency }, amount: -coins },
				{ account: { userId, kind: "coins" }, amount: coins }
			]
		});
		if (!isDone) return false;
		await publish(tx, "payments.recharged", {
			rechargeId: id,
			userId,
			coins,
			at: now.toISOString()
		});
		return true;
	},

	/** What was closed, or paid another way, in the meantime is not paid for: that part goes back. */
	async order(tx, intent, now) {
		const { id, userId, reference, amount, currency, provider } = intent;
		const words = { reference, userId, amount, currency, provider };
		const needed = await settleOrders(tx, { ...words, paymentId: id, now });
		if (needed === 0) return false;
		await insertCapture(tx, intent);
		await postReceipt(tx, intent);
		const rest = amount - needed;
		if (rest > 0) {
			const wish = { key: `rest-${id}`, intentId: id, orderId: null, amount: rest };
			await requestRefund(tx, { ...wish, currency, now });
		}
		return true;
	}
};

/** The payer's money from outside to our account at the provider; `-1` is the way back. */
const cashLegs = ({ amount, currency }: Intent, sign: 1 | -1): Leg[] => [
	{ account: { system: "world", currency }, amount: -amount * sign },
	{ account: { system: "provider", currency }, amount: amount * sign }
];

/** Received and not fulfilled: the provider holds it for us until it has gone back. */
async function postReceipt(tx: Transaction, intent: Intent): Promise<void> {
	const words = { kind: "payment", reference: intent.id, legs: cashLegs(intent, 1) };
	await post(tx, { intent: `payment:${intent.id}`, ...words });
}

async function postReturn(tx: Transaction, intent: Intent): Promise<void> {
	const words = { kind: "payment-return", reference: intent.id, legs: cashLegs(intent, -1) };
	await post(tx, { intent: `payment-return:${intent.id}`, ...words });
}

/** False when the wallet does not take it. */
async function post(
	tx: Transaction,
	request: Parameters<typeof postTransfers>[1][number]
): Promise<boolean> {
	const [verdict] = await postTransfers(tx, [request]);
	switch (verdict?.outcome) {
		case "posted":
		case "repeated":
			return true;
		case "frozen":
		case "insufficient":
			return false;
		default:
			// The name was used with other legs, which nothing here does: nothing may be committed.
			throw new Error(`${request.intent} stands in the ledger with another content.`);
	}
}

/** One step of the table, with the time of the next question. */
async function moveTo(
	tx: Transaction,
	intent: Intent,
	{ move, now }: { move: Move; now: Date }
): Promise<void> {
	const status = transitions[intent.status][move];
	if (!status) throw new Error(`An intent that is ${intent.status} knows no ${move}.`);
	const next = { ...intent, status };
	await writeStatus(tx, intent.id, {
		status,
		settledAt: isOpen(status) ? null : now,
		// A refund is asked for at once. What the provider declined it may still be paid later.
		lookAt: status === "refunding" ? now : nextLook(next, { looks: 0, now, isFinal: false }),
		providerReference: intent.providerReference
	});
}

/** The provider has made the page. A payer may have been faster: then only the page is noted. */
export async function open(
	tx: Transaction,
	id: string,
	{ checkout, now }: { checkout: Checkout; now: Date }
): Promise<Intent | undefined> {
	const intent = await lockIntent(tx, id);
	if (!intent) return undefined;
	if (intent.checkoutUrl !== null) return intent;
	await writeCheckout(tx, id, checkout);
	if (transitions[intent.status].opened) {
		const known = { ...intent, providerReference: checkout.reference };
		await moveTo(tx, known, { move: "opened", now });
	}
	return lockIntent(tx, id);
}

/** After the provider was asked: what has run out ends, and the next question gets its time. */
export async function looked(
	tx: Transaction,
	id: string,
	{ now, isFinal }: { now: Date; isFinal: boolean }
): Promise<void> {
	const intent = await lockIntent(tx, id);
	if (!intent) return;
	const looks = intent.looks + 1;
	const isOver = isOpen(intent.status) && now >= intent.expiresAt;
	if (isOver) await moveTo(tx, intent, { move: "timeUp", now });
	const status = isOver ? "expired" : intent.status;
	const lookAt = nextLook({ ...intent, status }, { looks, now, isFinal });
	await writeLook(tx, id, { lookAt, looks });
}

/** The provider has sent the money back. */
export async function refunded(tx: Transaction, id: string, now: Date): Promise<void> {
	const intent = await lockIntent(tx, id);
	if (intent?.status !== "refunding") return;
	await postReturn(tx, intent);
	await moveTo(tx, intent, { move: "returned", now });
}
