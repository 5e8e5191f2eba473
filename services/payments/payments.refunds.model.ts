/**
 * The tables `payments_captures` and `payments_refunds`: what was paid for orders, and what of it
 * goes back. A refund stands here before its provider hears of it, under the key that the provider
 * pays back once for; and all refunds of a payment together never come to more than was captured,
 * which the database itself holds.
 */
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";

export interface RefundWish {
	/** Unique for ever, at most 64 letters: also the key at the provider. */
	readonly key: string;
	readonly intentId: string;
	/** The order that is told when it is done; null when there is none. */
	readonly orderId: string | null;
	/** Minor units, above zero. */
	readonly amount: number;
	readonly currency: string;
	readonly now: Date;
}

export interface Refund {
	readonly key: string;
	readonly intentId: string;
	readonly orderId: string | null;
	readonly amount: number;
	readonly currency: string;
	readonly status: "requested" | "done";
	readonly looks: number;
}

interface Row {
	refund_key: string;
	intent_id: number;
	order_id: number | null;
	amount: number;
	currency: string;
	status: Refund["status"];
	looks: number;
}

const select = `SELECT refund_key, intent_id, order_id, amount, currency, status, looks
	FROM payments_refunds`;

const refundOf = (row: Row): Refund => ({
	key: row.refund_key,
	intentId: String(row.intent_id),
	orderId: row.order_id === null ? null : String(row.order_id),
	amount: Number(row.amount),
	currency: row.currency,
	status: row.status,
	looks: Number(row.looks)
});

/** What came in for an intent, so that parts of it can go back. */
export async function insertCapture(
	tx: Transaction,
	{ id, amount }: { readonly id: string; readonly amount: number }
): Promise<void> {
	await tx.execute(
		`INSERT INTO payments_captures (intent_id, captured, refunded) VALUES ${placeholders(1, 3)}`,
		[id, amount, 0]
	);
}

/**
 * Has the provider send an amount back, soon and until it is done. Throws when that is more than is
 * left of what was captured, or the key was used before: either is a bug of the caller, and nothing
 * of the transaction may be kept.
 */
export async function requestRefund(tx: Transaction, wish: RefundWish): Promise<void> {
	const { key, intentId, orderId, amount, currency, now } = wish;
	if (!Number.isSafeInteger(amount) || amount <= 0) throw new TypeError("Nothing to refund.");
	const { affectedRows } = await tx.execute(
		`UPDATE payments_captures SET refunded = refunded + ?
			WHERE intent_id = ? AND refunded + ? <= captured`,
		[amount, intentId, amount]
	);
	if (affectedRows !== 1) {
		throw new Error(`${amount} is more than is left of what was paid under ${intentId}.`);
	}
	await tx.execute(
		`INSERT INTO payments_refunds
			(refund_key, intent_id, order_id, amount, currency, status, looks, created_at, look_at)
			VALUES ${placeholders(1, 9)}`,
		[key, intentId, orderId, amount, currency, "requested", 0, now, now]
	);
}

/** Stays as it was read until the transaction ends. */
export async function lockRefund(tx: Transaction, key: string): Promise<Refund | undefined> {
	const [row] = await tx.query<Row>(`${select} WHERE refund_key = ? ${tx.forUpdate}`, [key]);
	return row && refundOf(row);
}

export async function hasRefunds(db: Queryable, intentId: string): Promise<boolean> {
	const rows = await db.query(
		"SELECT refund_key FROM payments_refunds WHERE intent_id = ? LIMIT 1",
		[intentId]
	);
	return rows.length > 0;
}

/** Those that are to be asked for now, the longest due first. */
export async function dueRefunds(db: Queryable, now: Date, limit: number): Promise<Refund[]> {
	const rows = await db.query<Row>(
		`${select} WHERE look_at <= ? ORDER BY look_at, refund_key LIMIT ?`,
		[now, limit]
	);
	return rows.map(refundOf);
}

export async function writeRefundDone(tx: Transaction, key: string, now: Date): Promise<void> {
	await tx.execute(
		"UPDATE payments_refunds SET status = 'done', done_at = ?, look_at = NULL WHERE refund_key = ?",
		[now, key]
	);
}

/** Not for one that is done. */
export async function writeRefundLook(
	db: Queryable,
	key: string,
	{ lookAt, looks }: { lookAt: Date; looks: number }
): Promise<void> {
	await db.execute(
		`UPDATE payments_refunds SET look_at = ?, looks = ?
			WHERE refund_key = ? AND status = 'requested'`,
		[lookAt, looks, key]
	);
}

/** Since when the one that waits longest for its provider does; null when none waits. */
export async function oldestRefund(db: Queryable): Promise<Date | null> {
	const [row] = await db.query<{ since: Date | string | null }>(
		"SELECT MIN(created_at) AS since FROM payments_refunds WHERE look_at IS NOT NULL"
	);
	return row?.since ? new Date(row.since) : null;
}
