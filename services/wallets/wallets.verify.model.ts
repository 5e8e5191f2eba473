/** What a check of the whole ledger reads. Each statement sees one moment; none locks anything. */
import type { Queryable } from "../../mixins/sql/index.ts";
import type { AccountRow } from "./wallets.model.ts";

export interface EntryRow {
	account_id: number;
	sequence: number;
	transfer_id: string;
	amount: number;
	balance_after: number;
	hash: string;
	/** Null when the transfer is gone. */
	intent: string | null;
	request_hash: string | null;
	at: Date | null;
}

/** Accounts in the order of their ids. */
export const accountsAfter = (db: Queryable, id: number, count: number): Promise<AccountRow[]> =>
	db.query(
		`SELECT id, owner, kind, currency, balance, held, frozen, version, hash
			FROM wallets_accounts WHERE id > ? ORDER BY id LIMIT ?`,
		[id, count]
	);

export const entriesAfter = (
	db: Queryable,
	{ id, sequence, until, count }: { id: number; sequence: number; until: number; count: number }
): Promise<EntryRow[]> =>
	db.query(
		`SELECT e.account_id, e.sequence, e.transfer_id, e.amount, e.balance_after, e.hash,
				t.intent, t.request_hash, t.at
			FROM wallets_entries e LEFT JOIN wallets_transfers t ON t.id = e.transfer_id
			WHERE e.account_id = ? AND e.sequence > ? AND e.sequence <= ?
			ORDER BY e.sequence LIMIT ?`,
		[id, sequence, until, count]
	);

export interface TransferRow {
	id: string;
	request_hash: string;
	kind: string;
	reference: string;
}

export const transfersAfter = (db: Queryable, id: string, count: number): Promise<TransferRow[]> =>
	db.query(
		`SELECT id, request_hash, kind, reference FROM wallets_transfers
			WHERE id > ? ORDER BY id LIMIT ?`,
		[id, count]
	);

export interface LegRow {
	transfer_id: string;
	account_id: number;
	amount: number;
	/** Null when the account is gone. */
	currency: string | null;
}

export const legsOfTransfers = (db: Queryable, ids: readonly string[]): Promise<LegRow[]> =>
	db.query(
		`SELECT e.transfer_id, e.account_id, e.amount, a.currency
			FROM wallets_entries e LEFT JOIN wallets_accounts a ON a.id = e.account_id
			WHERE e.transfer_id IN (${ids.map(() => "?").join(",")})
			ORDER BY e.transfer_id, e.account_id`,
		ids
	);

/** What the ledger as a whole must not have; each row is a fault. */
export const totals = {
	/** Coins or money that came from nowhere. */
	total: `SELECT currency AS place, SUM(balance) AS found FROM wallets_accounts
		GROUP BY currency HAVING SUM(balance) <> 0`,
	/** Entries that no balance knows of. */
	surplus: `SELECT e.account_id AS place, e.sequence AS found FROM wallets_entries e
		LEFT JOIN wallets_accounts a ON a.id = e.account_id
		WHERE a.id IS NULL OR e.sequence > a.version`,
	/** One gift, recharge … that moved coins twice under two intents. */
	double: `SELECT kind || ' ' || reference AS place, COUNT(*) AS found FROM wallets_transfers
		GROUP BY kind, reference HAVING COUNT(*) > 1`,
	/** Accounts that have another sum set aside than their pending holds say. */
	held: `SELECT a.id AS place, a.held AS found FROM wallets_accounts a
		LEFT JOIN wallets_holds h ON h.account_id = a.id AND h.state = 'pending'
		GROUP BY a.id, a.held HAVING a.held <> COALESCE(SUM(h.amount), 0)`,
	/** Posted holds whose transfer is gone, or took nothing of the account or more than was held. */
	hold: `SELECT h.id AS place, h.amount AS found FROM wallets_holds h
		LEFT JOIN wallets_entries e
			ON e.transfer_id = h.transfer_id AND e.account_id = h.account_id
		WHERE h.state = 'posted' AND (e.amount IS NULL OR e.amount >= 0 OR -e.amount > h.amount)`
} as const;

export const readTotals = (
	db: Queryable,
	name: keyof typeof totals,
	count: number
): Promise<{ place: string | number; found: string | number }[]> =>
	db.query(`${totals[name]} LIMIT ?`, [count]);

export async function countHolds(db: Queryable): Promise<number> {
	const [row] = await db.query<{ holds: number }>("SELECT COUNT(*) AS holds FROM wallets_holds");
	return row?.holds ?? 0;
}
