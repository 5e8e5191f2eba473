/**
 * The steps of orders that other services run inside their own transaction: payments settle them
 * together with the money that came, and sales place them together with the units they took.
 */
import type { Transaction } from "../../mixins/sql/index.ts";
import { publishAll } from "../outbox/outbox.tx.ts";
import { findOrdersOf } from "./orders.model.ts";
import { payableOf } from "./orders.rules.ts";
import { factOf, pay, returned } from "./orders.steps.ts";
import {
	insertCheckouts,
	insertOrders,
	lockOrders,
	type NewCheckout,
	type NewOrder
} from "./orders.writes.model.ts";

export { coinsFor, stockReference } from "./orders.rules.ts";
export type { NewCheckout, NewOrder } from "./orders.writes.model.ts";

export interface NewOrders {
	readonly checkouts: readonly NewCheckout[];
	readonly orders: readonly NewOrder[];
}

/**
 * Writes unpaid orders and tells of them; a handful of statements, however many. In the same
 * transaction the caller has reserved their goods, each line under its `stockReference`; a flash
 * sale has counted its units as sold, and gets them back by its own step.
 */
export async function writeOrders(
	tx: Transaction,
	{ checkouts, orders }: NewOrders
): Promise<void> {
	await insertCheckouts(tx, checkouts);
	await insertOrders(tx, orders);
	const nothing = { status: "unpaid", paidBy: null, paymentId: null, closeReason: null } as const;
	const own = { address: null };
	const dates = { paidAt: null, shippedAt: null, receivedAt: null };
	const ends = { closedAt: null, refundedAt: null };
	await publishAll(
		tx,
		orders.map((order) => ({
			channel: "orders.placed" as const,
			payload: {
				...factOf({ ...order, ...nothing, ...own, ...dates, ...ends }, order.placedAt),
				expiresAt: order.expiresAt.toISOString()
			}
		}))
	);
}

export interface Received {
	/** `order:<id>` or `checkout:<id>`, as the payment was made for it. */
	readonly reference: string;
	readonly userId: string;
	/** Minor units. */
	readonly amount: number;
	readonly currency: string;
	/** Name of the provider. */
	readonly provider: string;
	readonly paymentId: string;
	readonly now: Date;
}

/**
 * Pays what is still unpaid of what the money is for; returns how much of it was needed. What is
 * left, all of it when the orders were closed or paid before, must go back to the payer.
 */
export async function settleOrders(tx: Transaction, received: Received): Promise<number> {
	const payable = payableOf(received.reference);
	if (!payable) return 0;
	const ids =
		payable.kind === "order"
			? [payable.id]
			: (await findOrdersOf(tx, payable.id)).map(({ id }) => id);
	const { userId, currency, provider: by, paymentId, now } = received;
	const unpaid = (await lockOrders(tx, ids)).filter(
		(order) => order.status === "unpaid" && order.userId === userId && order.currency === currency
	);
	const needed = unpaid.reduce((sum, { total }) => sum + total, 0);
	if (unpaid.length === 0 || needed > received.amount) return 0;
	await pay(tx, unpaid, { by, paymentId, now });
	return needed;
}

/** The provider has sent the money of this order back. Safe to repeat. */
export async function orderReturned(tx: Transaction, orderId: string, now: Date): Promise<void> {
	const [order] = await lockOrders(tx, [orderId]);
	if (order?.status === "refunding") await returned(tx, order, now);
}
