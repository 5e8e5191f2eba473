/** The table `im_router_inbox`: every message that must arrive, from before it is sent. */
import { limits } from "../../config/limits.ts";
import { placeholders, type Queryable } from "../../mixins/sql/index.ts";

export interface InboxRow {
	/** Sorts by time. */
	readonly id: string;
	readonly userId: string;
	/** The same for the same message, however often and by whichever node it is sent. */
	readonly origin: string;
	/** JSON of the envelope. */
	readonly envelope: string;
	readonly at: Date;
}

export interface Stored {
	readonly id: string;
	readonly origin: string;
	readonly envelope: string;
	readonly acked: boolean;
}

interface Row {
	id: string;
	origin: string;
	envelope: string;
	acked_at: Date | null;
}

/** Which of these messages stand there already. */
export async function findByOrigin(
	db: Queryable,
	origins: readonly string[]
): Promise<Map<string, Stored>> {
	const rows = await db.query<Row>(
		"SELECT id, origin, envelope, acked_at FROM im_router_inbox " +
			`WHERE origin IN ${placeholders(1, origins.length)}`,
		origins
	);
	return new Map(
		rows.map(({ acked_at, ...row }) => [row.origin, { ...row, acked: acked_at !== null }])
	);
}

/** How many messages each of these users has not acked. */
export async function countUnread(
	db: Queryable,
	userIds: readonly string[]
): Promise<Map<string, number>> {
	const rows = await db.query<{ user_id: number; unread: number }>(
		"SELECT user_id, COUNT(*) AS unread FROM im_router_inbox WHERE acked_at IS NULL " +
			`AND user_id IN ${placeholders(1, userIds.length)} GROUP BY user_id`,
		userIds
	);
	return new Map(rows.map((row) => [String(row.user_id), Number(row.unread)]));
}

export async function insertInbox(db: Queryable, rows: readonly InboxRow[]): Promise<void> {
	if (rows.length === 0) return;
	await db.execute(
		"INSERT INTO im_router_inbox (id, user_id, origin, envelope, sent_at) " +
			`VALUES ${placeholders(rows.length, 5)}`,
		rows.flatMap((row) => [row.id, row.userId, row.origin, row.envelope, row.at])
	);
}

/** What a user has not acked, the oldest first, after the message with that row or origin. */
export async function listUnread(
	db: Queryable,
	{ userId, after, limit }: { userId: string; after: string | undefined; limit: number }
): Promise<Stored[]> {
	const behind = after === undefined ? "" : "AND id > ? ";
	const rows = await db.query<Row>(
		"SELECT id, origin, envelope, acked_at FROM im_router_inbox " +
			`WHERE user_id = ? AND acked_at IS NULL ${behind}ORDER BY id LIMIT ?`,
		[userId, ...(after === undefined ? [] : [after]), limit]
	);
	return rows.map(({ acked_at, ...row }) => ({ ...row, acked: acked_at !== null }));
}

/** The key of the row that holds a message of a user; undefined when it is gone. */
export async function findKey(
	db: Queryable,
	{ userId, id, origin }: { userId: string; id: string; origin: string }
): Promise<string | undefined> {
	const [row] = await db.query<{ id: string }>(
		"SELECT id FROM im_router_inbox WHERE (id = ? OR origin = ?) AND user_id = ?",
		[id, origin, userId]
	);
	return row?.id;
}

export async function markAcked(db: Queryable, ids: readonly string[], at: Date): Promise<void> {
	if (ids.length === 0) return;
	const all = placeholders(1, ids.length);
	await db.execute(
		`UPDATE im_router_inbox SET acked_at = ? WHERE acked_at IS NULL AND id IN ${all}`,
		[at, ...ids]
	);
}

/** The rows that were sent, or acked, before a moment; at most about one step. */
const sweeps = {
	sent: "SELECT id FROM im_router_inbox WHERE sent_at < ? ORDER BY sent_at LIMIT ?",
	acked: "SELECT id FROM im_router_inbox WHERE acked_at < ? ORDER BY acked_at LIMIT ?"
};

/** Forgets one step of old rows; returns how many it were. */
export async function sweepInbox(
	db: Queryable,
	which: keyof typeof sweeps,
	before: Date
): Promise<number> {
	const rows = await db.query<{ id: string }>(sweeps[which], [before, limits.inboxSweepRowsMax]);
	return removeInbox(
		db,
		rows.map(({ id }) => id)
	);
}

export async function removeInbox(db: Queryable, ids: readonly string[]): Promise<number> {
	if (ids.length === 0) return 0;
	const { affectedRows } = await db.execute(
		`DELETE FROM im_router_inbox WHERE id IN ${placeholders(1, ids.length)}`,
		ids
	);
	return affectedRows;
}
