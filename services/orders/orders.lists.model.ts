/** Which orders there are: pages and counts of them, and those whose time is over. */
import type { Queryable, SqlValue } from "../../mixins/sql/index.ts";
import { type Order, type OrderRow, orderOf, selectOrders } from "./orders.model.ts";
import type { Status } from "./orders.rules.ts";

export interface OrderQuery {
	readonly who: { readonly userId: string } | { readonly sellerId: string };
	readonly status?: Status | undefined;
	/** Those with goods of this room. */
	readonly roomId?: string | undefined;
	readonly flashSaleId?: string | undefined;
	readonly before: readonly [milliseconds: number, id: string] | undefined;
	readonly limit: number;
}

const ofFlashSale = "source = 'flash-sale' AND source_id = ?";

/** The last one first. */
export async function listOrders(db: Queryable, query: OrderQuery): Promise<Order[]> {
	const { who, status, roomId, flashSaleId, before, limit } = query;
	const at = before && new Date(before[0]);
	const conditions: [sql: string, ...values: SqlValue[]][] = [
		"userId" in who ? ["user_id = ?", who.userId] : ["seller_id = ?", who.sellerId]
	];
	if (status) conditions.push(["status = ?", status]);
	if (flashSaleId) conditions.push([ofFlashSale, flashSaleId]);
	if (roomId) {
		const ofRoom = "SELECT 1 FROM orders_lines WHERE order_id = id AND room_id = ?";
		conditions.push([`EXISTS (${ofRoom})`, roomId]);
	}
	if (at) conditions.push(["(placed_at < ? OR (placed_at = ? AND id < ?))", at, at, before[1]]);
	const rows = await db.query<OrderRow>(
		`${selectOrders} WHERE ${conditions.map(([sql]) => sql).join(" AND ")}
			ORDER BY placed_at DESC, id DESC LIMIT ?`,
		[...conditions.flatMap(([, ...values]) => values), limit]
	);
	return rows.map(orderOf);
}

export interface CountQuery {
	readonly sellerId: string;
	readonly flashSaleId?: string | undefined;
}

/** By state; states without orders are left out. */
export async function countOrders(
	db: Queryable,
	{ sellerId, flashSaleId }: CountQuery
): Promise<Map<Status, number>> {
	const rows = await db.query<{ status: Status; orders: number }>(
		`SELECT status, COUNT(*) AS orders FROM orders_orders
			WHERE seller_id = ? ${flashSaleId ? `AND ${ofFlashSale}` : ""} GROUP BY status`,
		[sellerId, ...(flashSaleId ? [flashSaleId] : [])]
	);
	return new Map(rows.map(({ status, orders }) => [status, Number(orders)]));
}

/** Unpaid ones whose time is over, the longest due first. */
export async function dueOrders(db: Queryable, now: Date, limit: number): Promise<string[]> {
	const rows = await db.query<{ id: number }>(
		"SELECT id FROM orders_orders WHERE due_at <= ? ORDER BY due_at, id LIMIT ?",
		[now, limit]
	);
	return rows.map(({ id }) => String(id));
}

/** On their way since then or longer, the longest first. */
export async function awaitedSince(db: Queryable, then: Date, limit: number): Promise<string[]> {
	const rows = await db.query<{ order_id: number }>(
		`SELECT order_id FROM orders_shipments WHERE awaited_since <= ?
			ORDER BY awaited_since, order_id LIMIT ?`,
		[then, limit]
	);
	return rows.map(({ order_id }) => String(order_id));
}
