/** Sends back what stands to be refunded; a provider that is away is asked again later. */
import { limits } from "../../config/limits.ts";
import { orderReturned } from "../orders/orders.tx.ts";
import { postTransfers } from "../wallets/wallets.tx.ts";
import { findIntent } from "./payments.intents.model.ts";
import type { PollSetup } from "./payments.poller.ts";
import {
	dueRefunds,
	lockRefund,
	type Refund,
	writeRefundDone,
	writeRefundLook
} from "./payments.refunds.model.ts";

/** Asks for everything that is due at `now`; returns how many refunds that were. */
export async function refundOnce(setup: PollSetup, now: Date): Promise<number> {
	const due = await dueRefunds(setup.db, now, limits.paymentPollRowsMax);
	const atOnce = limits.paymentPollAtOnceMax;
	for (let from = 0; from < due.length; from += atOnce) {
		await Promise.all(due.slice(from, from + atOnce).map((one) => sendBack(setup, one, now)));
	}
	return due.length;
}

/** One that does not go keeps none of the others from it. */
async function sendBack(setup: PollSetup, refund: Refund, now: Date): Promise<void> {
	const { db, logger } = setup;
	try {
		if (await ask(setup, refund)) {
			await db.transaction((tx) => refundDone(tx, refund.key, now));
			return;
		}
	} catch (error) {
		logger.warn(`Refund ${refund.key} did not go; trying again later:`, error);
	}
	const looks = refund.looks + 1;
	const seconds = Math.min(limits.paymentStuckSeconds * 2 ** looks, limits.paymentLookSecondsMax);
	await writeRefundLook(db, refund.key, {
		...{ looks, lookAt: new Date(now.getTime() + seconds * 1_000) }
	});
}

/** The provider pays back once per key, so a second node may ask too. */
async function ask({ db, providers }: PollSetup, refund: Refund): Promise<boolean> {
	const { key: refundId, amount, currency, intentId } = refund;
	const intent = await findIntent(db, intentId);
	const provider = intent && providers.get(intent.provider);
	if (!provider || intent.providerReference === null) return false;
	const reference = intent.providerReference;
	await provider.refund({ refundId, reference, amount, currency });
	return true;
}

/** The ledger, the refund and its order, once, whoever comes first. */
export async function refundDone(
	tx: Parameters<typeof lockRefund>[0],
	key: string,
	now: Date
): Promise<void> {
	const refund = await lockRefund(tx, key);
	if (refund?.status !== "requested") return;
	await writeRefundDone(tx, key, now);
	if (refund.orderId !== null) await orderReturned(tx, refund.orderId, now);
	const { amount, currency } = refund;
	const [verdict] = await postTransfers(tx, [
		{
			...{ intent: `payment-refund:${key}`, kind: "payment-refund", reference: key },
			legs: [
				{ account: { system: "provider", currency }, amount: -amount },
				{ account: { system: "world", currency }, amount }
			]
		}
	]);
	if (verdict?.outcome !== "posted") throw new Error(`Refund ${key} stands in the ledger already.`);
}
