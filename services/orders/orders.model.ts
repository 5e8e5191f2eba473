/** The tables `orders_checkouts`, `orders_orders`, `orders_lines` and `orders_shipments`. */
import type { Static } from "../../lib/schemas.ts";
import { placeholders, type Queryable } from "../../mixins/sql/index.ts";
import type { Address } from "../addresses/addresses.contract.ts";
import type { Status } from "./orders.rules.ts";

export type AddressCopy = Omit<Static<typeof Address>, "id" | "isDefault">;

export interface OrderLine {
	readonly skuId: string;
	readonly productId: string;
	readonly sellerId: string;
	readonly roomId: string | null;
	readonly title: string;
	readonly pictureUrl: string | null;
	readonly attributes: readonly { readonly name: string; readonly value: string }[];
	/** Of one unit, in minor units. */
	readonly price: number;
	readonly quantity: number;
	readonly amount: number;
}

export interface Order {
	/** Also its number. */
	readonly id: string;
	readonly checkoutId: string;
	readonly userId: string;
	readonly sellerId: string;
	readonly status: Status;
	readonly total: number;
	readonly currency: string;
	readonly totalCoins: number;
	/** `shop`, or what sold it otherwise, with its id there. */
	readonly source: string;
	readonly sourceId: string | null;
	/** `coins` or the name of a provider. */
	readonly paidBy: string | null;
	readonly paymentId: string | null;
	readonly closeReason: "cancelled" | "timeout" | null;
	/** Its own, that was given to it later; null: that of its checkout holds. */
	readonly address: AddressCopy | null;
	readonly placedAt: Date;
	readonly expiresAt: Date;
	readonly paidAt: Date | null;
	readonly shippedAt: Date | null;
	readonly receivedAt: Date | null;
	readonly closedAt: Date | null;
	readonly refundedAt: Date | null;
}

interface StoredOrder {
	id: number;
	checkout_id: number;
	user_id: number;
	seller_id: number;
	status: Status;
	total: number;
	currency: string;
	total_coins: number;
	source: string;
	source_id: number | null;
	paid_by: string | null;
	payment_id: number | null;
	close_reason: Order["closeReason"];
	address: string | null;
	placed_at: Date;
	expires_at: Date;
	paid_at: Date | null;
	shipped_at: Date | null;
	received_at: Date | null;
	closed_at: Date | null;
	refunded_at: Date | null;
}

const textOf = (id: number | null): string | null => (id === null ? null : String(id));

export const orderOf = (row: StoredOrder): Order => ({
	id: String(row.id),
	checkoutId: String(row.checkout_id),
	userId: String(row.user_id),
	sellerId: String(row.seller_id),
	status: row.status,
	total: Number(row.total),
	currency: row.currency,
	totalCoins: Number(row.total_coins),
	source: row.source,
	sourceId: textOf(row.source_id),
	paidBy: row.paid_by,
	paymentId: textOf(row.payment_id),
	closeReason: row.close_reason,
	address: row.address === null ? null : (JSON.parse(row.address) as AddressCopy),
	placedAt: row.placed_at,
	expiresAt: row.expires_at,
	paidAt: row.paid_at,
	shippedAt: row.shipped_at,
	receivedAt: row.received_at,
	closedAt: row.closed_at,
	refundedAt: row.refunded_at
});

export const selectOrders = `SELECT id, checkout_id, user_id, seller_id, status, total, currency,
	total_coins, source, source_id, paid_by, payment_id, close_reason, address, placed_at,
	expires_at, paid_at, shipped_at, received_at, closed_at, refunded_at FROM orders_orders`;

export type OrderRow = StoredOrder;

export interface Checkout {
	readonly id: string;
	readonly userId: string;
	readonly address: AddressCopy | null;
}

export async function findOrder(db: Queryable, id: string): Promise<Order | undefined> {
	const [row] = await db.query<StoredOrder>(`${selectOrders} WHERE id = ?`, [id]);
	return row && orderOf(row);
}

export async function findOrdersOf(db: Queryable, checkoutId: string): Promise<Order[]> {
	const rows = await db.query<StoredOrder>(`${selectOrders} WHERE checkout_id = ? ORDER BY id`, [
		checkoutId
	]);
	return rows.map(orderOf);
}

export async function findCheckouts(
	db: Queryable,
	ids: readonly string[]
): Promise<Map<string, Checkout>> {
	if (ids.length === 0) return new Map();
	const rows = await db.query<{ id: number; user_id: number; address: string }>(
		`SELECT id, user_id, address FROM orders_checkouts WHERE id IN ${placeholders(1, ids.length)}`,
		ids
	);
	return new Map(
		rows.map(({ id, user_id, address }) => [
			String(id),
			{ id: String(id), userId: String(user_id), address: JSON.parse(address) as AddressCopy }
		])
	);
}

interface StoredLine {
	order_id: number;
	sku_id: number;
	product_id: number;
	seller_id: number;
	room_id: number | null;
	title: string;
	picture_url: string | null;
	attributes: string;
	price: number;
	quantity: number;
	amount: number;
}

const lineOf = (row: StoredLine): OrderLine => ({
	skuId: String(row.sku_id),
	productId: String(row.product_id),
	sellerId: String(row.seller_id),
	roomId: textOf(row.room_id),
	title: row.title,
	pictureUrl: row.picture_url,
	attributes: JSON.parse(row.attributes) as OrderLine["attributes"],
	price: Number(row.price),
	quantity: Number(row.quantity),
	amount: Number(row.amount)
});

/** By order, each in its order. */
export async function findLines(
	db: Queryable,
	orderIds: readonly string[]
): Promise<Map<string, OrderLine[]>> {
	if (orderIds.length === 0) return new Map();
	const rows = await db.query<StoredLine>(
		`SELECT * FROM orders_lines WHERE order_id IN ${placeholders(1, orderIds.length)}
			ORDER BY order_id, line`,
		orderIds
	);
	const grouped = Map.groupBy(rows, ({ order_id }) => String(order_id));
	return new Map([...grouped].map(([id, lines]) => [id, lines.map(lineOf)]));
}
