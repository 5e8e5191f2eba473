/** The table `gifts_records`: one row for each gift that was paid, never changed. */
import { placeholders, type Queryable } from "../../mixins/sql/index.ts";
import type { ComboLine } from "./gifts.rules.ts";

export interface GiftRecord extends ComboLine {
	readonly id: string;
	readonly sessionId: string;
	readonly hostId: string;
	/** As they were when it was given. */
	readonly giftName: string;
	readonly effect: string;
	readonly icon: string;
	readonly price: number;
	readonly count: number;
	readonly coins: number;
	readonly hostCoins: number;
	readonly combo: number;
	/** Coins of the sender after it. */
	readonly balance: number;
	readonly at: Date;
}

/** What makes the intent unique: the user's key, and what it was used for. */
export interface IntentKey {
	readonly userId: string;
	readonly key: string;
	readonly hash: string;
}

const columns = `id, user_id, room_id, session_id, host_id, gift_id, gift_name, effect, icon, price,
	quantity, coins, host_coins, combo, balance, sent_at`;

interface Row {
	id: number;
	user_id: number;
	room_id: number;
	session_id: number;
	host_id: number;
	gift_id: number;
	gift_name: string;
	effect: string;
	icon: string;
	price: number;
	quantity: number;
	coins: number;
	host_coins: number;
	combo: number;
	balance: number;
	sent_at: Date;
}

const recordOf = (row: Row): GiftRecord => ({
	id: String(row.id),
	userId: String(row.user_id),
	roomId: String(row.room_id),
	sessionId: String(row.session_id),
	hostId: String(row.host_id),
	giftId: String(row.gift_id),
	giftName: row.gift_name,
	effect: row.effect,
	icon: row.icon,
	price: Number(row.price),
	count: Number(row.quantity),
	coins: Number(row.coins),
	hostCoins: Number(row.host_coins),
	combo: Number(row.combo),
	balance: Number(row.balance),
	at: row.sent_at
});

export async function insertRecords(
	tx: Queryable,
	records: readonly (GiftRecord & Omit<IntentKey, "userId">)[]
): Promise<void> {
	if (records.length === 0) return;
	await tx.execute(
		`INSERT INTO gifts_records (${columns}, intent_key, request_hash)
			VALUES ${placeholders(records.length, 18)}`,
		records.flatMap((record) => [
			...[record.id, record.userId, record.roomId, record.sessionId, record.hostId],
			...[record.giftId, record.giftName, record.effect, record.icon, record.price],
			...[record.count, record.coins, record.hostCoins, record.combo, record.balance],
			...[record.at, record.key, record.hash]
		])
	);
}

export interface FirstAnswer {
	readonly id: string;
	readonly balance: number;
	readonly combo: number;
	readonly hash: string;
}

/** What was answered to this key before. */
export async function findAnswer(
	db: Queryable,
	{ userId, key }: Omit<IntentKey, "hash">
): Promise<FirstAnswer | undefined> {
	const [row] = await db.query<Row & { request_hash: string }>(
		`SELECT id, balance, combo, request_hash FROM gifts_records
			WHERE user_id = ? AND intent_key = ?`,
		[userId, key]
	);
	if (!row) return undefined;
	const [balance, combo] = [Number(row.balance), Number(row.combo)];
	return { id: String(row.id), balance, combo, hash: row.request_hash };
}

/**
 * The combos of these users that a gift of now would go on with. Between two gifts of the last
 * few seconds there is never a longer pause, so they are of one combo, and the highest is the last.
 */
export async function findCombos(
	tx: Queryable,
	userIds: readonly string[],
	since: Date
): Promise<(ComboLine & { combo: number })[]> {
	const ids = [...new Set(userIds)];
	if (ids.length === 0) return [];
	const rows = await tx.query<Row>(
		`SELECT user_id, room_id, gift_id, MAX(combo) AS combo FROM gifts_records
			WHERE user_id IN ${placeholders(1, ids.length)} AND sent_at >= ?
			GROUP BY user_id, room_id, gift_id`,
		[...ids, since]
	);
	return rows.map((row) => ({
		userId: String(row.user_id),
		roomId: String(row.room_id),
		giftId: String(row.gift_id),
		combo: Number(row.combo)
	}));
}

/** The milliseconds, and the id, of the last record shown. */
export type RecordKey = readonly [milliseconds: number, id: string];

export interface RecordQuery {
	readonly before: RecordKey | undefined;
	readonly limit: number;
}

/** A session of a room; of another room's session there is nothing to see. */
export interface OfSession {
	readonly sessionId: string;
	readonly roomId: string;
}

/** Of a user or of a session, the last one first. */
export async function listRecords(
	db: Queryable,
	whose: { readonly userId: string } | OfSession,
	{ before, limit }: RecordQuery
): Promise<GiftRecord[]> {
	const [where, values] =
		"userId" in whose
			? ["user_id = ?", [whose.userId]]
			: ["session_id = ? AND room_id = ?", [whose.sessionId, whose.roomId]];
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM gifts_records WHERE ${where}
			${before ? "AND (sent_at < ? OR (sent_at = ? AND id < ?))" : ""}
			ORDER BY sent_at DESC, id DESC LIMIT ?`,
		[...values, ...(before ? [new Date(before[0]), new Date(before[0]), before[1]] : []), limit]
	);
	return rows.map(recordOf);
}

export async function sumSession(
	db: Queryable,
	{ sessionId, roomId }: OfSession
): Promise<{ records: number; coins: number; hostCoins: number }> {
	const [row] = await db.query<{ records: number; coins: number; host_coins: number }>(
		`SELECT COUNT(*) AS records, SUM(coins) AS coins, SUM(host_coins) AS host_coins
			FROM gifts_records WHERE session_id = ? AND room_id = ?`,
		[sessionId, roomId]
	);
	return {
		records: Number(row?.records ?? 0),
		coins: Number(row?.coins ?? 0),
		hostCoins: Number(row?.host_coins ?? 0)
	};
}

/** In the order of ids, for whoever counts all of them again. */
export async function listRecordsAfter(
	db: Queryable,
	id: string,
	limit: number
): Promise<GiftRecord[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM gifts_records WHERE id > ? ORDER BY id LIMIT ?`,
		[id, limit]
	);
	return rows.map(recordOf);
}
