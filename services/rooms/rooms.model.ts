/** The table `rooms_rooms`: what a room shows, where it is, and how its stream is. */
import { placeholders, type Queryable, type SqlValue } from "../../mixins/sql/index.ts";
import { type Room, type RoomRow, roomOf, selectRooms } from "./rooms.row.ts";
import type { RoomState, Status } from "./rooms.rules.ts";

export interface NewRoom {
	readonly id: string;
	readonly hostId: string;
	readonly title: string;
	readonly coverUrl: string | null;
	readonly category: string;
	readonly startsAt: Date | null;
	readonly heat: number;
	readonly at: Date;
}

export async function insertRoom(db: Queryable, room: NewRoom): Promise<void> {
	const { id, hostId, title, coverUrl, category, startsAt, heat, at } = room;
	await db.execute(
		`INSERT INTO rooms_rooms (id, host_id, title, cover_url, category, status, starts_at,
			created_at, viewers, heat, generation, closed_generation, streaming, aired)
			VALUES (?, ?, ?, ?, ?, 'scheduled', ?, ?, 0, ?, 0, 0, 0, 0)`,
		[id, hostId, title, coverUrl, category, startsAt, at, heat]
	);
}

/** Counts no further than `max`. */
export async function countRoomsOf(db: Queryable, hostId: string, max: number): Promise<number> {
	const rows = await db.query("SELECT id FROM rooms_rooms WHERE host_id = ? LIMIT ?", [
		hostId,
		max
	]);
	return rows.length;
}

export async function findRoom(db: Queryable, id: string): Promise<Room | undefined> {
	const [row] = await db.query<RoomRow>(`${selectRooms} WHERE r.id = ?`, [id]);
	return row && roomOf(row);
}

/** Those that exist, in no order. */
export async function findRooms(db: Queryable, ids: readonly string[]): Promise<Room[]> {
	if (ids.length === 0) return [];
	const rows = await db.query<RoomRow>(
		`${selectRooms} WHERE r.id IN ${placeholders(1, ids.length)}`,
		ids
	);
	return rows.map(roomOf);
}

/**
 * Reads the room so that it stays as read until the transaction ends. The row alone is locked
 * first: a locking join would take the session's row in an order of its own.
 */
export async function lockRoom(tx: Queryable, id: string): Promise<Room | undefined> {
	const locked = await tx.query(`SELECT id FROM rooms_rooms WHERE id = ? ${tx.forUpdate}`, [id]);
	if (locked.length === 0) return undefined;
	const [row] = await tx.query<RoomRow>(`${selectRooms} WHERE r.id = ? ${tx.forUpdate}`, [id]);
	return row && roomOf(row);
}

export interface ListQuery {
	readonly statuses: readonly Status[];
	readonly category: string | undefined;
	readonly hostId: string | undefined;
	readonly sort: "heat" | "new";
	/** The key of the last row shown; for `new`, the milliseconds of its making. */
	readonly after: readonly [heatOrTime: number, id: string] | undefined;
	readonly limit: number;
}

export async function listRooms(db: Queryable, query: ListQuery): Promise<Room[]> {
	const { statuses, category, hostId, after, sort, limit } = query;
	const where: string[] = [];
	const values: SqlValue[] = [];
	const add = (condition: string, ...more: SqlValue[]) => {
		where.push(condition);
		values.push(...more);
	};
	if (statuses.length > 0) add(`r.status IN ${placeholders(1, statuses.length)}`, ...statuses);
	if (category !== undefined) add("r.category = ?", category);
	if (hostId !== undefined) add("r.host_id = ?", hostId);
	// Ids of several nodes do not ascend in time, so that the time stands before them.
	const key = sort === "heat" ? "r.heat" : "r.created_at";
	if (after) {
		const last = sort === "heat" ? after[0] : new Date(after[0]);
		add(`(${key} < ? OR (${key} = ? AND r.id < ?))`, last, last, after[1]);
	}
	const condition = where.length > 0 ? `WHERE ${where.join(" AND ")}` : "";
	const rows = await db.query<RoomRow>(
		`${selectRooms} ${condition} ORDER BY ${key} DESC, r.id DESC LIMIT ?`,
		[...values, limit]
	);
	return rows.map(roomOf);
}

/** Rooms of these hosts that are on air. */
export async function findOnAirByHosts(db: Queryable, hostIds: readonly string[]): Promise<Room[]> {
	if (hostIds.length === 0) return [];
	const rows = await db.query<RoomRow>(
		`${selectRooms} WHERE r.status = 'live' AND r.streaming = 1
			AND s.live_host_id IN ${placeholders(1, hostIds.length)} ORDER BY r.heat DESC, r.id DESC`,
		hostIds
	);
	return rows.map(roomOf);
}

export interface RoomWords {
	readonly title?: string;
	readonly coverUrl?: string | null;
	readonly category?: string;
	readonly startsAt?: Date | null;
}

/** Only what is given is written: two changes of different fields at once both stay. */
export async function updateRoom(db: Queryable, id: string, words: RoomWords): Promise<void> {
	const { title, coverUrl, category, startsAt } = words;
	const sets: [column: string, value: string | Date | null][] = [];
	if (title !== undefined) sets.push(["title", title]);
	if (coverUrl !== undefined) sets.push(["cover_url", coverUrl]);
	if (category !== undefined) sets.push(["category", category]);
	if (startsAt !== undefined) sets.push(["starts_at", startsAt]);
	const columns = sets.map(([column]) => `${column} = ?`).join(", ");
	const values = sets.map(([, value]) => value);
	await db.execute(`UPDATE rooms_rooms SET ${columns} WHERE id = ?`, [...values, id]);
}

/** Writes all of the state; the caller has locked the room. */
export async function writeState(
	tx: Queryable,
	id: string,
	state: RoomState & { readonly viewers: number; readonly heat: number }
): Promise<void> {
	await tx.execute(
		`UPDATE rooms_rooms SET status = ?, session_id = ?, generation = ?, closed_generation = ?,
			streaming = ?, aired = ?, paused_by = ?, paused_at = ?, heard_at = ?, viewers = ?, heat = ?
			WHERE id = ?`,
		[
			...[state.status, state.sessionId, state.generation, state.closedGeneration],
			...[Number(state.streaming), Number(state.aired), state.pausedBy, state.pausedAt],
			...[state.heardAt, state.viewers, state.heat, id]
		]
	);
}

export interface Sign {
	readonly generation: number;
	readonly at: Date;
	/** JSON of what the media node sees. */
	readonly info: string;
}

/**
 * The common case of a sign of life in one statement: the stream runs already. False when it is
 * not so, and then the whole state must be looked at.
 */
export async function writeSign(db: Queryable, id: string, sign: Sign): Promise<boolean> {
	const { generation, at, info } = sign;
	const { affectedRows } = await db.execute(
		`UPDATE rooms_rooms SET heard_at = ?, stream_info = ? WHERE id = ? AND generation = ?
			AND closed_generation < ? AND streaming = 1 AND status IN ('live', 'paused')`,
		[at, info, id, generation, generation]
	);
	return affectedRows === 1;
}

export async function writeInfo(tx: Queryable, id: string, info: string): Promise<void> {
	await tx.execute("UPDATE rooms_rooms SET stream_info = ? WHERE id = ?", [info, id]);
}

export async function findInfo(db: Queryable, id: string): Promise<string | null> {
	const [row] = await db.query<{ stream_info: string | null }>(
		"SELECT stream_info FROM rooms_rooms WHERE id = ?",
		[id]
	);
	return row?.stream_info ?? null;
}

export interface StoredKey {
	readonly keyId: string;
	readonly hash: Buffer;
	readonly expiresAt: Date;
}

export async function writeKey(tx: Queryable, id: string, key: StoredKey): Promise<void> {
	await tx.execute(
		"UPDATE rooms_rooms SET key_id = ?, key_hash = ?, key_expires_at = ? WHERE id = ?",
		[key.keyId, key.hash, key.expiresAt, id]
	);
}

/** In the transaction that has locked the room, so that no rotation comes in between. */
export async function findKey(tx: Queryable, id: string): Promise<StoredKey | undefined> {
	const [row] = await tx.query<{
		key_id: string | null;
		key_hash: Buffer | null;
		key_expires_at: Date | null;
	}>(`SELECT key_id, key_hash, key_expires_at FROM rooms_rooms WHERE id = ? ${tx.forUpdate}`, [id]);
	if (!row?.key_id || !row.key_hash || !row.key_expires_at) return undefined;
	return { keyId: row.key_id, hash: row.key_hash, expiresAt: row.key_expires_at };
}
