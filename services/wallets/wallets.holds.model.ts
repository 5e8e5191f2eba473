/** The table `wallets_holds`. */
import { isUniqueViolation, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { HoldState } from "./wallets.tx.ts";

export interface Hold {
	readonly id: string;
	readonly intent: string;
	readonly requestHash: string;
	readonly accountId: number;
	readonly amount: number;
	readonly kind: string;
	readonly reference: string;
	readonly state: HoldState;
	readonly heldAt: Date;
	readonly expiresAt: Date;
}

interface Row {
	id: string;
	intent: string;
	request_hash: string;
	account_id: number;
	amount: number;
	kind: string;
	reference: string;
	state: HoldState;
	held_at: Date;
	expires_at: Date;
}

const columns =
	"id, intent, request_hash, account_id, amount, kind, reference, state, held_at, expires_at";

const hold = (row: Row): Hold => ({
	id: row.id,
	intent: row.intent,
	requestHash: row.request_hash,
	accountId: row.account_id,
	amount: row.amount,
	kind: row.kind,
	reference: row.reference,
	state: row.state,
	heldAt: row.held_at,
	expiresAt: row.expires_at
});

/** The hold, locked until the transaction ends. */
export async function lockHold(tx: Transaction, id: string): Promise<Hold | undefined> {
	const [row] = await tx.query<Row>(
		`SELECT ${columns} FROM wallets_holds WHERE id = ? ${tx.forUpdate}`,
		[id]
	);
	return row && hold(row);
}

export async function findHold(db: Queryable, intent: string): Promise<Hold | undefined> {
	const [row] = await db.query<Row>(`SELECT ${columns} FROM wallets_holds WHERE intent = ?`, [
		intent
	]);
	return row && hold(row);
}

/** False when another transaction has just held for this intent. */
export async function insertHold(tx: Transaction, added: Hold): Promise<boolean> {
	try {
		await tx.execute(`INSERT INTO wallets_holds (${columns}) VALUES (?,?,?,?,?,?,?,?,?,?)`, [
			...[added.id, added.intent, added.requestHash, added.accountId, added.amount],
			...[added.kind, added.reference, added.state, added.heldAt, added.expiresAt]
		]);
		return true;
	} catch (error) {
		if (isUniqueViolation(error, "wallets_holds_intent")) return false;
		throw error;
	}
}

export interface Resolution {
	readonly state: Exclude<HoldState, "pending">;
	readonly at: Date;
	/** Of a hold that was posted. */
	readonly transferId: string | null;
}

/** At most once: a hold that is no longer pending is not resolved again. */
export async function resolveHold(
	tx: Transaction,
	id: string,
	{ state, at, transferId }: Resolution
): Promise<void> {
	const { affectedRows } = await tx.execute(
		`UPDATE wallets_holds SET state = ?, resolved_at = ?, transfer_id = ?
			WHERE id = ? AND state = 'pending'`,
		[state, at, transferId, id]
	);
	if (affectedRows !== 1) throw new Error("A hold was resolved without its lock.");
}

/** Pending holds whose time is over, the oldest first. */
export async function findExpired(db: Queryable, now: Date, count: number): Promise<string[]> {
	const rows = await db.query<{ id: string }>(
		`SELECT id FROM wallets_holds WHERE state = 'pending' AND expires_at <= ?
			ORDER BY expires_at, id LIMIT ?`,
		[now, count]
	);
	return rows.map(({ id }) => id);
}

/** Holds on these accounts, the newest first. */
export async function listHolds(
	db: Queryable,
	accountIds: readonly number[],
	count: number
): Promise<Hold[]> {
	const marks = accountIds.map(() => "?").join(",");
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM wallets_holds WHERE account_id IN (${marks})
			ORDER BY id DESC LIMIT ?`,
		[...accountIds, count]
	);
	return rows.map(hold);
}
