/** What a person does with orders, each in one transaction: the key, the state, goods and money. */
import type { Transaction } from "../../mixins/sql/index.ts";
import { orderErrors } from "./orders.errors.ts";
import { type Intent, takeKey, type Use } from "./orders.intents.model.ts";
import type { Order } from "./orders.model.ts";
import { close, confirm, pay, refund, ship } from "./orders.steps.ts";
import { lockOrders } from "./orders.writes.model.ts";

/** Pays those of these orders with coins that are unpaid. Throws ORDER_STATE when none is. */
export async function payWithCoins(
	tx: Transaction,
	{ intent, orderIds, now }: { intent: Intent; orderIds: readonly string[]; now: Date }
): Promise<Use> {
	const use = await takeKey(tx, intent, now);
	if (use !== "new") return use;
	const orders = await lockOrders(tx, orderIds);
	const unpaid = orders.filter(({ status }) => status === "unpaid");
	if (unpaid.length === 0) throw orderErrors.ORDER_STATE({ status: orders[0]?.status });
	await pay(tx, unpaid, { by: "coins", paymentId: null, now });
	return use;
}

const works: Readonly<
	Record<"cancel" | "ship" | "confirm", (tx: Transaction, order: Order, now: Date) => Promise<void>>
> = {
	cancel: (tx, order, now) =>
		order.status === "unpaid"
			? close(tx, [order], { move: "cancel", now })
			: refund(tx, order, now),
	ship,
	confirm
};

/** One step of an order; anything but `new` did nothing. Throws ORDER_STATE. */
export async function takeStep(
	tx: Transaction,
	intent: Intent & { readonly action: keyof typeof works },
	now: Date
): Promise<Use> {
	const use = await takeKey(tx, intent, now);
	if (use !== "new") return use;
	const [order] = await lockOrders(tx, [intent.reference]);
	if (!order) throw orderErrors.ORDER_STATE();
	await works[intent.action](tx, order, now);
	return use;
}
