/**
 * The moves of orders, each in the transaction of whoever makes it: the state, the goods, the coins
 * and the outbox row commit together. Callers lock the orders first and hand over what they read.
 */
import type { ChannelName } from "../../lib/contract.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { returnUnits } from "../flash-sales/flash-sales.tx.ts";
import { type Publication, publishAll } from "../outbox/outbox.tx.ts";
import { requestRefund } from "../payments/payments.tx.ts";
import { giveBack, release, type StockLine, type StockStep, sell } from "../stock/stock.tx.ts";
import { coinCurrency, postTransfers, type TransferRequest } from "../wallets/wallets.tx.ts";
import { orderErrors } from "./orders.errors.ts";
import { findCheckouts, findLines, type Order } from "./orders.model.ts";
import { after, type Move, type Status, stockReference } from "./orders.rules.ts";
import { endWait, insertShipment, type Shipment } from "./orders.shipments.model.ts";
import { type Facts, writeStatus } from "./orders.writes.model.ts";

const escrow = { system: "escrow", currency: coinCurrency } as const;

/** What every fact about an order says. */
export const factOf = (order: Order, at: Date) => ({
	orderId: order.id,
	checkoutId: order.checkoutId,
	buyerId: order.userId,
	sellerId: order.sellerId,
	total: { amount: order.total, currency: order.currency },
	totalCoins: order.totalCoins,
	source: order.source,
	sourceId: order.sourceId,
	at: at.toISOString()
});

/** Throws ORDER_STATE where the table has no such step. */
function stateAfter({ id, status }: Pick<Order, "id" | "status">, move: Move): Status {
	const next = after(status, move);
	if (!next) throw orderErrors.ORDER_STATE({ orderId: id, status });
	return next;
}

/**
 * Moves the goods of all these orders in one step; an order whose goods do not move is a bug. Units
 * of a flash sale left the stock when the sale was made: what is paid for need not move any more.
 */
async function moveGoods(tx: Transaction, all: readonly Order[], step: StockStep): Promise<void> {
	const [orders, ofSales] = [false, true].map((isOfSale) =>
		all.filter(({ source }) => (source === "flash-sale") === isOfSale)
	) as [Order[], Order[]];
	if (step !== sell && ofSales.length > 0) {
		await returnUnits(
			tx,
			ofSales.map(({ id }) => id)
		);
	}
	const lines = await findLines(
		tx,
		orders.map(({ id }) => id)
	);
	const stockLines = orders.flatMap(({ id }) =>
		(lines.get(id) ?? []).map(
			({ skuId, quantity }, index): StockLine => ({
				...{ skuId, quantity },
				reference: stockReference(id, index + 1)
			})
		)
	);
	for (const { outcome } of await step(tx, stockLines, { allOrNothing: true })) {
		if (outcome !== "done" && outcome !== "repeated") {
			throw new Error(`The goods of ${orders.map(({ id }) => id)} did not move: ${outcome}.`);
		}
	}
}

/** Throws INSUFFICIENT_BALANCE or WALLET_FROZEN, and nothing of the transaction is kept. */
async function moveCoins(tx: Transaction, requests: readonly TransferRequest[]): Promise<void> {
	for (const verdict of await postTransfers(tx, requests)) {
		if (verdict.outcome === "insufficient") throw orderErrors.INSUFFICIENT_BALANCE();
		if (verdict.outcome === "frozen") throw orderErrors.WALLET_FROZEN();
		// The state of the order lets each of these happen once: standing there before is a bug.
		if (verdict.outcome !== "posted") throw new Error("Coins of an order were moved before.");
	}
}

async function moveTo(
	tx: Transaction,
	orders: readonly Order[],
	{ move, facts }: { move: Move; facts: Facts }
): Promise<void> {
	for (const order of orders) {
		await writeStatus(tx, order, { status: stateAfter(order, move), facts });
	}
}

const tell = (tx: Transaction, facts: readonly Publication<ChannelName>[]) => publishAll(tx, facts);

export interface PaidWith {
	/** `coins` or the name of a provider. */
	readonly by: string;
	readonly paymentId: string | null;
	readonly now: Date;
}

/** Unpaid → paid: what was reserved is sold. */
export async function pay(
	tx: Transaction,
	orders: readonly Order[],
	{ by, paymentId, now }: PaidWith
): Promise<void> {
	const facts = { paid_by: by, payment_id: paymentId, paid_at: now };
	await moveTo(tx, orders, { move: "pay", facts });
	await moveGoods(tx, orders, sell);
	if (by === "coins") {
		await moveCoins(
			tx,
			orders.map(({ id, userId, totalCoins }) => ({
				...{ intent: `order:${id}`, kind: "order", reference: id },
				legs: [
					{ account: { userId, kind: "coins" }, amount: -totalCoins },
					{ account: escrow, amount: totalCoins }
				]
			}))
		);
	}
	await tell(
		tx,
		orders.map((order) => ({
			channel: "orders.paid",
			payload: { ...factOf(order, now), paidBy: by }
		}))
	);
}

/** Unpaid → closed: what was reserved can be bought again. */
export async function close(
	tx: Transaction,
	orders: readonly Order[],
	{ move, now }: { move: "cancel" | "timeUp"; now: Date }
): Promise<void> {
	const reason = move === "cancel" ? "cancelled" : "timeout";
	await moveTo(tx, orders, { move, facts: { close_reason: reason, closed_at: now } });
	await moveGoods(tx, orders, release);
	await tell(
		tx,
		orders.map((order) => ({
			channel: "orders.closed",
			payload: { ...factOf(order, now), reason }
		}))
	);
}

/** Paid and not shipped: goods and money go back. Coins at once, other money by its provider. */
export async function refund(tx: Transaction, order: Order, now: Date): Promise<void> {
	const status = stateAfter(order, "refund");
	await writeStatus(tx, order, { status, facts: {} });
	await moveGoods(tx, [order], giveBack);
	const { id, userId, totalCoins, paymentId, total, currency } = order;
	if (paymentId !== null) {
		await requestRefund(tx, {
			...{ key: `order-${id}`, intentId: paymentId, orderId: id },
			...{ amount: total, currency, now }
		});
		return;
	}
	await moveCoins(tx, [
		{
			...{ intent: `order-refund:${id}`, kind: "order-refund", reference: id },
			legs: [
				{ account: escrow, amount: -totalCoins },
				{ account: { userId, kind: "coins" }, amount: totalCoins }
			]
		}
	]);
	await returned(tx, { ...order, status }, now);
}

/** Refunding → refunded: the money is with the buyer again. */
export async function returned(tx: Transaction, order: Order, now: Date): Promise<void> {
	await moveTo(tx, [order], { move: "returned", facts: { refunded_at: now } });
	const payload = { ...factOf(order, now), paidBy: order.paidBy ?? "" };
	await tell(tx, [{ channel: "orders.refunded", payload }]);
}

/** Paid → shipped, by the seller. Throws ORDER_WITHOUT_ADDRESS. */
export async function ship(
	tx: Transaction,
	order: Order,
	{ now, carrier, trackingNumber }: Shipment & { readonly now: Date }
): Promise<void> {
	await moveTo(tx, [order], { move: "ship", facts: { shipped_at: now } });
	const { id, checkoutId } = order;
	const checkout = (await findCheckouts(tx, [checkoutId])).get(checkoutId);
	if (!order.address && !checkout?.address) {
		throw orderErrors.ORDER_WITHOUT_ADDRESS({ orderId: id });
	}
	await insertShipment(tx, id, { carrier, trackingNumber, at: now });
	const payload = { ...factOf(order, now), carrier, trackingNumber };
	await tell(tx, [{ channel: "orders.shipped", payload }]);
}

/** Shipped → received: what the buyer paid in coins is the seller's now. */
export async function confirm(
	tx: Transaction,
	order: Order,
	{ move, now }: { move: "confirm" | "timeUp"; now: Date }
): Promise<void> {
	await moveTo(tx, [order], { move, facts: { received_at: now } });
	const { id, sellerId, totalCoins, paidBy } = order;
	await endWait(tx, id);
	if (paidBy === "coins") {
		await moveCoins(tx, [
			{
				...{ intent: `order-income:${id}`, kind: "order-income", reference: id },
				legs: [
					{ account: escrow, amount: -totalCoins },
					{ account: { userId: sellerId, kind: "income" }, amount: totalCoins }
				]
			}
		]);
	}
	const reason = move === "confirm" ? "confirmed" : "timeout";
	const payload = { ...factOf(order, now), paidBy: paidBy ?? "", reason } as const;
	await tell(tx, [{ channel: "orders.received", payload }]);
}
