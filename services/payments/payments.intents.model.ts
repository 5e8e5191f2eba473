/** The table `payments_intents`: what somebody set out to pay. */
import type { Queryable, Transaction } from "../../mixins/sql/index.ts";
import type { IntentState, Status } from "./payments.rules.ts";

/** What the money is for; each purpose has a way to fulfil it in payments.settle.ts. */
export type Purpose = "recharge" | "order";

export interface Intent extends IntentState {
	readonly id: string;
	readonly userId: string;
	readonly purpose: Purpose;
	/** What is paid for: the id of the package, or `order:<id>` or `checkout:<id>`. */
	readonly reference: string;
	readonly provider: string;
	/** As they were offered then. */
	readonly coins: number;
	readonly checkoutUrl: string | null;
	readonly requestHash: string;
	readonly looks: number;
}

interface IntentRow {
	id: number;
	user_id: number;
	purpose: Purpose;
	reference: string;
	provider: string;
	merchant: string;
	amount: number;
	currency: string;
	coins: number;
	status: Status;
	provider_reference: string | null;
	checkout_url: string | null;
	request_hash: string;
	created_at: Date;
	expires_at: Date;
	looks: number;
}

const select = `SELECT id, user_id, purpose, reference, provider, merchant, amount, currency, coins,
	status, provider_reference, checkout_url, request_hash, created_at, expires_at, looks
	FROM payments_intents`;

const intentOf = (row: IntentRow): Intent => ({
	id: String(row.id),
	userId: String(row.user_id),
	purpose: row.purpose,
	reference: row.reference,
	provider: row.provider,
	merchant: row.merchant,
	amount: Number(row.amount),
	currency: row.currency,
	coins: Number(row.coins),
	status: row.status,
	providerReference: row.provider_reference,
	checkoutUrl: row.checkout_url,
	requestHash: row.request_hash,
	createdAt: row.created_at,
	expiresAt: row.expires_at,
	looks: Number(row.looks)
});

export interface NewIntent
	extends Omit<Intent, "status" | "providerReference" | "checkoutUrl" | "looks"> {
	readonly requestKey: string;
	readonly lookAt: Date;
}

/** Throws a unique violation when this user has used the key before. */
export async function insertIntent(db: Queryable, intent: NewIntent): Promise<void> {
	await db.execute(
		`INSERT INTO payments_intents (id, user_id, purpose, reference, provider, merchant, amount,
			currency, coins, status, request_key, request_hash, created_at, expires_at, look_at, looks)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'created', ?, ?, ?, ?, ?, 0)`,
		[
			...[intent.id, intent.userId, intent.purpose, intent.reference, intent.provider],
			...[intent.merchant, intent.amount, intent.currency, intent.coins],
			...[intent.requestKey, intent.requestHash],
			...[intent.createdAt, intent.expiresAt, intent.lookAt]
		]
	);
}

export async function findIntent(db: Queryable, id: string): Promise<Intent | undefined> {
	const [row] = await db.query<IntentRow>(`${select} WHERE id = ?`, [id]);
	return row && intentOf(row);
}

/** One of these orders that can still be paid at its provider; there need be no second one. */
export async function findOpenIntent(
	db: Queryable,
	like: Pick<Intent, "userId" | "reference" | "provider" | "amount" | "currency">,
	now: Date
): Promise<Intent | undefined> {
	const [row] = await db.query<IntentRow>(
		`${select} WHERE user_id = ? AND purpose = 'order' AND reference = ? AND provider = ?
			AND amount = ? AND currency = ? AND status IN ('created', 'pending') AND expires_at > ?
			ORDER BY created_at DESC, id DESC LIMIT 1`,
		[like.userId, like.reference, like.provider, like.amount, like.currency, now]
	);
	return row && intentOf(row);
}

export async function findIntentByKey(
	db: Queryable,
	userId: string,
	requestKey: string
): Promise<Intent | undefined> {
	const [row] = await db.query<IntentRow>(`${select} WHERE user_id = ? AND request_key = ?`, [
		userId,
		requestKey
	]);
	return row && intentOf(row);
}

/** Stays as it was read until the transaction ends. */
export async function lockIntent(tx: Transaction, id: string): Promise<Intent | undefined> {
	const [row] = await tx.query<IntentRow>(`${select} WHERE id = ? ${tx.forUpdate}`, [id]);
	return row && intentOf(row);
}

export interface IntentQuery {
	readonly userId: string;
	readonly purpose: Purpose;
	readonly before: readonly [createdAt: number, id: string] | undefined;
	readonly limit: number;
}

export async function listIntents(db: Queryable, query: IntentQuery): Promise<Intent[]> {
	const { userId, purpose, before, limit } = query;
	const at = before && new Date(before[0]);
	const page = at ? "AND (created_at < ? OR (created_at = ? AND id < ?))" : "";
	const rows = await db.query<IntentRow>(
		`${select} WHERE user_id = ? AND purpose = ? ${page}
			ORDER BY created_at DESC, id DESC LIMIT ?`,
		[userId, purpose, ...(at && before ? [at, at, before[1]] : []), limit]
	);
	return rows.map(intentOf);
}

/** Those that the provider is to be asked about, the longest due first. */
export async function dueIntents(db: Queryable, now: Date, limit: number): Promise<Intent[]> {
	const rows = await db.query<IntentRow>(
		`${select} WHERE look_at <= ? ORDER BY look_at, id LIMIT ?`,
		[now, limit]
	);
	return rows.map(intentOf);
}

export async function writeCheckout(
	tx: Transaction,
	id: string,
	{ reference, url }: { reference: string; url: string }
): Promise<void> {
	await tx.execute(
		"UPDATE payments_intents SET provider_reference = ?, checkout_url = ? WHERE id = ?",
		[reference, url, id]
	);
}

export interface StatusChange {
	readonly status: Status;
	/** When the money question was settled; null while it is open. */
	readonly settledAt: Date | null;
	/** When to ask the provider next. */
	readonly lookAt: Date | null;
	readonly providerReference: string | null;
}

export async function writeStatus(
	tx: Transaction,
	id: string,
	{ status, settledAt, lookAt, providerReference }: StatusChange
): Promise<void> {
	await tx.execute(
		`UPDATE payments_intents SET status = ?, settled_at = ?, look_at = ?, provider_reference = ?
			WHERE id = ?`,
		[status, settledAt, lookAt, providerReference, id]
	);
}

export async function writeLook(
	tx: Transaction,
	id: string,
	{ lookAt, looks }: { lookAt: Date | null; looks: number }
): Promise<void> {
	await tx.execute("UPDATE payments_intents SET look_at = ?, looks = ? WHERE id = ?", [
		lookAt,
		looks,
		id
	]);
}

/** When the next one should be, or should have been, asked after. */
export async function oldestLook(db: Queryable): Promise<Date | null> {
	const [row] = await db.query<{ due: Date | string | null }>(
		"SELECT MIN(look_at) AS due FROM payments_intents WHERE look_at IS NOT NULL"
	);
	return row?.due ? new Date(row.due) : null;
}
