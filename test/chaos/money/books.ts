/** What the tables say of gifts after the storm. */
import type { Sql } from "../../../mixins/sql/index.ts";

export interface BookedGift {
	readonly id: string;
	readonly userId: string;
	readonly hostId: string;
	readonly sessionId: string;
	readonly coins: number;
	readonly hostCoins: number;
	/** Of the giver after it. */
	readonly balance: number;
	/** Milliseconds since 1970. */
	readonly at: number;
}

export interface BookedTransfer {
	readonly intent: string;
	readonly reference: string;
	/** Amount and balance after, by owner of the account; the platform is `"0"`. */
	readonly entries: ReadonlyMap<string, readonly [amount: number, balanceAfter: number]>;
}

export interface Books {
	/** By the key of the intent, which is random here and so of one giver. */
	readonly records: ReadonlyMap<string, BookedGift>;
	readonly recordCount: number;
	readonly transfers: readonly BookedTransfer[];
}

interface RecordRow extends Record<string, unknown> {
	readonly intent_key: string;
	readonly sent_at: Date;
}

export async function readBooks(db: Sql): Promise<Books> {
	const rows = await db.query<RecordRow>(
		`SELECT id, user_id, intent_key, host_id, session_id, coins, host_coins, balance, sent_at
			FROM gifts_records`
	);
	const records = new Map(rows.map((row) => [row.intent_key, giftOf(row)]));
	return { records, recordCount: rows.length, transfers: await readTransfers(db) };
}

const giftOf = (row: RecordRow): BookedGift => ({
	id: String(row.id),
	userId: String(row.user_id),
	hostId: String(row.host_id),
	sessionId: String(row.session_id),
	coins: Number(row.coins),
	hostCoins: Number(row.host_coins),
	balance: Number(row.balance),
	at: row.sent_at.getTime()
});

async function readTransfers(db: Sql): Promise<BookedTransfer[]> {
	const transfers = await db.query<{ id: string; intent: string; reference: string }>(
		"SELECT id, intent, reference FROM wallets_transfers WHERE kind = 'gift'"
	);
	const rows = await db.query<{ id: string; owner: number; amount: number; after: number }>(
		`SELECT wallets_entries.transfer_id AS id, wallets_accounts.owner AS owner,
			wallets_entries.amount AS amount, wallets_entries.balance_after AS after
			FROM wallets_entries
			JOIN wallets_accounts ON wallets_accounts.id = wallets_entries.account_id`
	);
	const entries = new Map<string, Map<string, readonly [number, number]>>();
	for (const { id, owner, amount, after } of rows) {
		const known = entries.get(id) ?? new Map();
		entries.set(id, known.set(String(owner), [Number(amount), Number(after)]));
	}
	return transfers.map(({ id, intent, reference }) => ({
		...{ intent, reference },
		entries: entries.get(id) ?? new Map()
	}));
}

/** The sums that rankings show: `board/user` to coins. */
export async function readRanks(db: Sql): Promise<Map<string, number>> {
	const rows = await db.query<{ board: string; user_id: number; coins: number }>(
		"SELECT board, user_id, coins FROM ranks_totals WHERE generation = 1"
	);
	return new Map(rows.map((row) => [`${row.board}/${row.user_id}`, Number(row.coins)]));
}

export async function countOf(db: Sql, from: string): Promise<number> {
	const [row] = await db.query<{ count: number }>(`SELECT COUNT(*) AS count FROM ${from}`);
	return Number(row?.count);
}
