/** The tables `flash_sales_purchases` and `flash_sales_units`. */
import { limits } from "../../config/limits.ts";
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { Outcome } from "./flash-sales.rules.ts";

export interface Purchase {
	readonly intent: string;
	readonly saleId: string;
	readonly userId: string;
	readonly hash: string;
	readonly outcome: Outcome;
	readonly quantity: number;
	/** Also its number; null unless it was bought. */
	readonly orderId: string | null;
	readonly expiresAt: Date | null;
	readonly at: Date;
	/** When the units went back, because the order was never paid. */
	readonly releasedAt: Date | null;
}

interface Row {
	intent: string;
	sale_id: number;
	user_id: number;
	request_hash: string;
	outcome: Outcome;
	quantity: number;
	order_id: number | null;
	expires_at: Date | null;
	at: Date;
	released_at: Date | null;
}

const purchaseOf = (row: Row): Purchase => ({
	intent: row.intent,
	saleId: String(row.sale_id),
	userId: String(row.user_id),
	hash: row.request_hash,
	outcome: row.outcome,
	quantity: Number(row.quantity),
	orderId: row.order_id === null ? null : String(row.order_id),
	expiresAt: row.expires_at,
	at: row.at,
	releasedAt: row.released_at
});

const columns = `intent, sale_id, user_id, request_hash, outcome, quantity, order_id, expires_at,
	at, released_at`;

/** The rows of a statement, in parts that no packet or list of parameters is too small for. */
function* inParts<T>(rows: readonly T[]): Generator<readonly T[]> {
	const size = limits.flashSaleRowsPerStatementMax;
	for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}

export async function insertPurchases(
	tx: Transaction,
	purchases: readonly Purchase[]
): Promise<void> {
	for (const part of inParts(purchases)) {
		await tx.execute(
			`INSERT INTO flash_sales_purchases (${columns}) VALUES ${placeholders(part.length, 10)}`,
			part.flatMap((one) => [
				...[one.intent, one.saleId, one.userId, one.hash, one.outcome, one.quantity],
				...[one.orderId, one.expiresAt, one.at, one.releasedAt]
			])
		);
	}
}

/** What these keys were answered before, by intent. */
export async function findPurchases(
	db: Queryable,
	intents: readonly string[]
): Promise<Map<string, Purchase>> {
	const found = new Map<string, Purchase>();
	for (const part of inParts([...new Set(intents)])) {
		const rows = await db.query<Row>(
			`SELECT ${columns} FROM flash_sales_purchases
				WHERE intent IN ${placeholders(1, part.length)}`,
			part
		);
		for (const row of rows) found.set(row.intent, purchaseOf(row));
	}
	return found;
}

/** What a user bought in a sale, the first one first. */
export async function boughtBy(db: Queryable, saleId: string, userId: string): Promise<Purchase[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM flash_sales_purchases
			WHERE sale_id = ? AND user_id = ? AND outcome = 'bought' ORDER BY at, intent`,
		[saleId, userId]
	);
	return rows.map(purchaseOf);
}

/** Everybody who ever bought in the sale. */
export async function buyersOf(db: Queryable, saleId: string): Promise<Set<string>> {
	const rows = await db.query<{ user_id: number }>(
		`SELECT DISTINCT user_id FROM flash_sales_purchases
			WHERE sale_id = ? AND outcome = 'bought'`,
		[saleId]
	);
	return new Set(rows.map(({ user_id }) => String(user_id)));
}

export interface TakenUnit {
	readonly saleId: string;
	readonly userId: string;
	readonly nth: number;
	readonly orderId: string;
}

export async function insertUnits(tx: Transaction, units: readonly TakenUnit[]): Promise<void> {
	for (const part of inParts(units)) {
		await tx.execute(
			`INSERT INTO flash_sales_units (sale_id, user_id, nth, order_id)
				VALUES ${placeholders(part.length, 4)}`,
			part.flatMap(({ saleId, userId, nth, orderId }) => [saleId, userId, nth, orderId])
		);
	}
}

/** The numbers of the units that these users have in the sale. */
export async function takenUnits(
	db: Queryable,
	saleId: string,
	userIds: readonly string[]
): Promise<Map<string, Set<number>>> {
	const taken = new Map<string, Set<number>>();
	for (const part of inParts([...new Set(userIds)])) {
		const rows = await db.query<{ user_id: number; nth: number }>(
			`SELECT user_id, nth FROM flash_sales_units
				WHERE sale_id = ? AND user_id IN ${placeholders(1, part.length)}`,
			[saleId, ...part]
		);
		for (const { user_id, nth } of rows) {
			const userId = String(user_id);
			taken.set(userId, (taken.get(userId) ?? new Set()).add(nth));
		}
	}
	return taken;
}

/** How many units each buyer has; 0 for those whose units all went back. */
export async function countUnits(db: Queryable, saleId: string): Promise<Map<string, number>> {
	const counts = new Map([...(await buyersOf(db, saleId))].map((userId) => [userId, 0]));
	const rows = await db.query<{ user_id: number; units: number }>(
		`SELECT user_id, COUNT(*) AS units FROM flash_sales_units
			WHERE sale_id = ? GROUP BY user_id`,
		[saleId]
	);
	for (const { user_id, units } of rows) counts.set(String(user_id), Number(units));
	return counts;
}

/** The purchases that made these orders; orders of other origin are left out. */
export async function purchasesOfOrders(
	db: Queryable,
	orderIds: readonly string[]
): Promise<Purchase[]> {
	const found: Purchase[] = [];
	for (const part of inParts([...new Set(orderIds)])) {
		const rows = await db.query<Row>(
			`SELECT ${columns} FROM flash_sales_purchases
				WHERE order_id IN ${placeholders(1, part.length)}`,
			part
		);
		found.push(...rows.map(purchaseOf));
	}
	return found;
}

/** Frees the units of a purchase for their user; false when that was done before. */
export async function releasePurchase(
	tx: Transaction,
	{ saleId, userId, orderId }: Pick<Purchase, "saleId" | "userId" | "orderId">,
	at: Date
): Promise<boolean> {
	const { affectedRows } = await tx.execute(
		"UPDATE flash_sales_purchases SET released_at = ? WHERE order_id = ? AND released_at IS NULL",
		[at, orderId]
	);
	if (affectedRows !== 1) return false;
	await tx.execute(
		"DELETE FROM flash_sales_units WHERE sale_id = ? AND user_id = ? AND order_id = ?",
		[saleId, userId, orderId]
	);
	return true;
}
