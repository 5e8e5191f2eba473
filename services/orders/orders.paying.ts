/** What a person does with orders, each in one transaction: the key, the state, goods and money. */
import type { Transaction } from "../../mixins/sql/index.ts";
import { orderErrors } from "./orders.errors.ts";
import { type Intent, takeKey, type Use } from "./orders.intents.model.ts";
import type { AddressCopy, Order } from "./orders.model.ts";
import { takesAddress } from "./orders.rules.ts";
import type { Shipment } from "./orders.shipments.model.ts";
import { close, confirm, pay, refund, ship } from "./orders.steps.ts";
import { lockOrders, writeAddress } from "./orders.writes.model.ts";

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

interface StepAround {
	readonly now: Date;
	/** Of `ship`. */
	readonly shipment?: Shipment | undefined;
}

const unsaid: Shipment = { carrier: null, trackingNumber: null };

const works = {
	cancel: (tx, order, { now }) =>
		order.status === "unpaid"
			? close(tx, [order], { move: "cancel", now })
			: refund(tx, order, now),
	ship: (tx, order, { now, shipment = unsaid }) => ship(tx, order, { now, ...shipment }),
	confirm: (tx, order, { now }) => confirm(tx, order, { move: "confirm", now })
} as const satisfies Record<
	string,
	(tx: Transaction, order: Order, around: StepAround) => Promise<void>
>;

export type StepName = keyof typeof works;

/** One step of an order; anything but `new` did nothing. Throws ORDER_STATE. */
export async function takeStep(
	tx: Transaction,
	intent: Intent & { readonly action: StepName },
	around: StepAround
): Promise<Use> {
	const use = await takeKey(tx, intent, around.now);
	if (use !== "new") return use;
	const [order] = await lockOrders(tx, [intent.reference]);
	if (!order) throw orderErrors.ORDER_STATE();
	await works[intent.action](tx, order, around);
	return use;
}

/** Where to send it from now on; safe to repeat. Throws ORDER_STATE once it is past that. */
export async function setAddress(
	tx: Transaction,
	orderId: string,
	address: AddressCopy
): Promise<void> {
	const [order] = await lockOrders(tx, [orderId]);
	if (!order || !takesAddress(order.status)) {
		throw orderErrors.ORDER_STATE({ status: order?.status });
	}
	await writeAddress(tx, orderId, address);
}
