/** The tables `follows_follows`, `follows_fans` and `follows_notices`. */
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";

export interface Pair {
	readonly userId: string;
	readonly hostId: string;
}

/** False when the user follows already. */
export async function insertFollow(db: Queryable, pair: Pair & { at: Date }): Promise<boolean> {
	try {
		await db.execute(
			"INSERT INTO follows_follows (user_id, host_id, followed_at) VALUES (?, ?, ?)",
			[pair.userId, pair.hostId, pair.at]
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error)) return false;
		throw error;
	}
}

/** False when the user does not follow. */
export async function deleteFollow(db: Queryable, { userId, hostId }: Pair): Promise<boolean> {
	const { affectedRows } = await db.execute(
		"DELETE FROM follows_follows WHERE user_id = ? AND host_id = ?",
		[userId, hostId]
	);
	return affectedRows === 1;
}

export async function isFollowing(db: Queryable, { userId, hostId }: Pair): Promise<boolean> {
	const rows = await db.query(
		"SELECT host_id FROM follows_follows WHERE user_id = ? AND host_id = ?",
		[userId, hostId]
	);
	return rows.length > 0;
}

/** Hosts whom the user follows, at most `limit`. */
export async function findFollowed(
	db: Queryable,
	userId: string,
	limit: number
): Promise<string[]> {
	const rows = await db.query<{ host_id: number }>(
		"SELECT host_id FROM follows_follows WHERE user_id = ? ORDER BY host_id LIMIT ?",
		[userId, limit]
	);
	return rows.map((row) => String(row.host_id));
}

/** Ascending by id, at most `limit` of those behind `after`. */
export async function findFollowers(
	db: Queryable,
	{ hostId, after, limit }: { hostId: string; after: string | null; limit: number }
): Promise<string[]> {
	const rows = await db.query<{ user_id: number }>(
		`SELECT user_id FROM follows_follows WHERE host_id = ? AND user_id > ?
			ORDER BY user_id LIMIT ?`,
		[hostId, after ?? 0, limit]
	);
	return rows.map((row) => String(row.user_id));
}

/** Adds to a host's fans in the transaction of the follow itself. */
export async function addFans(tx: Queryable, hostId: string, count: 1 | -1): Promise<void> {
	const add = () =>
		tx.execute("UPDATE follows_fans SET fans = fans + ? WHERE host_id = ?", [count, hostId]);
	if ((await add()).affectedRows > 0) return;
	try {
		await tx.execute("INSERT INTO follows_fans (host_id, fans) VALUES (?, ?)", [hostId, count]);
	} catch (error) {
		// Another first fan came in between.
		if (!isUniqueViolation(error)) throw error;
		await add();
	}
}

export async function countFans(db: Queryable, hostId: string): Promise<number> {
	const [row] = await db.query<{ fans: number }>(
		"SELECT fans FROM follows_fans WHERE host_id = ?",
		[hostId]
	);
	return Number(row?.fans ?? 0);
}

export interface Notice {
	/** The live session. */
	readonly id: string;
	readonly hostId: string;
	readonly roomId: string;
	readonly at: Date;
}

export async function insertNotice(tx: Queryable, notice: Notice): Promise<void> {
	await tx.execute(
		"INSERT INTO follows_notices (id, host_id, room_id, noticed_at) VALUES (?, ?, ?, ?)",
		[notice.id, notice.hostId, notice.roomId, notice.at]
	);
}

/** The milliseconds, and the id, of the last notice shown. */
export type NoticeKey = readonly [milliseconds: number, id: string];

/** Of hosts whom the user followed at that time and follows now; the last one first. */
export async function listNotices(
	db: Queryable,
	{ userId, before, limit }: { userId: string; before: NoticeKey | undefined; limit: number }
): Promise<Notice[]> {
	const rows = await db.query<{ id: number; host_id: number; room_id: number; noticed_at: Date }>(
		`SELECT n.id, n.host_id, n.room_id, n.noticed_at
			FROM follows_notices n JOIN follows_follows f ON f.host_id = n.host_id
			WHERE f.user_id = ? AND n.noticed_at >= f.followed_at
				${before ? "AND (n.noticed_at < ? OR (n.noticed_at = ? AND n.id < ?))" : ""}
			ORDER BY n.noticed_at DESC, n.id DESC LIMIT ?`,
		[userId, ...(before ? [new Date(before[0]), new Date(before[0]), before[1]] : []), limit]
	);
	return rows.map((row) => ({
		id: String(row.id),
		hostId: String(row.host_id),
		roomId: String(row.room_id),
		at: row.noticed_at
	}));
}

export async function deleteNoticesBefore(db: Queryable, before: Date): Promise<void> {
	await db.execute("DELETE FROM follows_notices WHERE noticed_at < ?", [before]);
}
