/** How rows of orders are written: made once, then moved on from the state that was read. */
import {
	lockInOrder,
	placeholders,
	type SqlValue,
	type Transaction
} from "../../mixins/sql/index.ts";
import {
	type AddressCopy,
	type Order,
	type OrderLine,
	type OrderRow,
	orderOf
} from "./orders.model.ts";
import type { Status } from "./orders.rules.ts";

export interface NewCheckout {
	readonly id: string;
	readonly userId: string;
	readonly address: AddressCopy | null;
	readonly placedAt: Date;
}

export async function insertCheckouts(
	tx: Transaction,
	checkouts: readonly NewCheckout[]
): Promise<void> {
	if (checkouts.length === 0) return;
	await tx.execute(
		`INSERT INTO orders_checkouts (id, user_id, address, placed_at)
			VALUES ${placeholders(checkouts.length, 4)}`,
		checkouts.flatMap(({ id, userId, address, placedAt }) => [
			...[id, userId, JSON.stringify(address), placedAt]
		])
	);
}

export type NewOrder = Pick<
	Order,
	"id" | "checkoutId" | "userId" | "sellerId" | "total" | "currency" | "totalCoins"
> &
	Pick<Order, "source" | "sourceId" | "placedAt" | "expiresAt"> & {
		readonly lines: readonly OrderLine[];
	};

export async function insertOrders(tx: Transaction, orders: readonly NewOrder[]): Promise<void> {
	if (orders.length === 0) return;
	await tx.execute(
		`INSERT INTO orders_orders (id, checkout_id, user_id, seller_id, status, total, currency,
			total_coins, source, source_id, placed_at, expires_at, due_at)
			VALUES ${placeholders(orders.length, 13)}`,
		orders.flatMap((order) => [
			...[order.id, order.checkoutId, order.userId, order.sellerId, "unpaid", order.total],
			...[order.currency, order.totalCoins, order.source, order.sourceId],
			...[order.placedAt, order.expiresAt, order.expiresAt]
		])
	);
	const lines = orders.flatMap(({ id, lines: own }) =>
		own.map((line, index): SqlValue[] => [
			...[id, index + 1, line.skuId, line.productId, line.sellerId, line.roomId, line.title],
			...[line.pictureUrl, JSON.stringify(line.attributes), line.price, line.quantity],
			line.amount
		])
	);
	await tx.execute(
		`INSERT INTO orders_lines (order_id, line, sku_id, product_id, seller_id, room_id, title,
			picture_url, attributes, price, quantity, amount) VALUES ${placeholders(lines.length, 12)}`,
		lines.flat()
	);
}

/** In ascending order; they stay as they were read until the transaction ends. */
export async function lockOrders(tx: Transaction, ids: readonly string[]): Promise<Order[]> {
	return (await lockInOrder<OrderRow>(tx, "orders_orders", ids)).map(orderOf);
}

/** In the place of that of its checkout. */
export async function writeAddress(
	tx: Transaction,
	orderId: string,
	address: AddressCopy
): Promise<void> {
	await tx.execute("UPDATE orders_orders SET address = ? WHERE id = ?", [
		JSON.stringify(address),
		orderId
	]);
}

/** What a step writes beside the state. */
export interface Facts {
	readonly paid_by?: string;
	readonly payment_id?: string | null;
	readonly close_reason?: "cancelled" | "timeout";
	readonly paid_at?: Date;
	readonly shipped_at?: Date;
	readonly received_at?: Date;
	readonly closed_at?: Date;
	readonly refunded_at?: Date;
}

/** Throws when the order is not in the state that was read, which a lock makes impossible. */
export async function writeStatus(
	tx: Transaction,
	order: Pick<Order, "id" | "status">,
	{ status, facts }: { status: Status; facts: Facts }
): Promise<void> {
	const more = Object.keys(facts).map((name) => `, ${name} = ?`);
	const { affectedRows } = await tx.execute(
		`UPDATE orders_orders SET status = ?, due_at = NULL${more.join("")}
			WHERE id = ? AND status = ?`,
		[status, ...(Object.values(facts) as SqlValue[]), order.id, order.status]
	);
	if (affectedRows !== 1) throw new Error(`Order ${order.id} is not ${order.status} any more.`);
}
