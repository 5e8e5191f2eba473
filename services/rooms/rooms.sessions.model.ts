/** The table `rooms_sessions`, and what the sweeper looks for. */
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";
import { type Room, type RoomRow, roomOf, selectRooms } from "./rooms.row.ts";
import type { EndReason } from "./rooms.rules.ts";

/** The unique key lets a host have one open session; `isHostLive` tells its refusal apart. */
export async function insertSession(
	tx: Queryable,
	session: { id: string; roomId: string; hostId: string; at: Date }
): Promise<void> {
	const { id, roomId, hostId, at } = session;
	await tx.execute(
		`INSERT INTO rooms_sessions
			(id, room_id, host_id, live_host_id, started_at, peak_viewers, likes)
			VALUES (?, ?, ?, ?, ?, 0, 0)`,
		[id, roomId, hostId, hostId, at]
	);
}

export const isHostLive = (error: unknown): boolean => isUniqueViolation(error, "live_host_id");

export async function closeSession(
	tx: Queryable,
	id: string,
	{ reason, at }: { reason: EndReason; at: Date }
): Promise<void> {
	await tx.execute(
		`UPDATE rooms_sessions SET ended_at = ?, end_reason = ?, live_host_id = NULL
			WHERE id = ? AND ended_at IS NULL`,
		[at, reason, id]
	);
}

export interface SessionRow {
	readonly id: string;
	readonly startedAt: Date;
	readonly endedAt: Date | null;
	readonly endReason: EndReason | null;
	readonly peakViewers: number;
}

/** The milliseconds of its beginning, and the id, of the last row shown. */
export type TimeKey = readonly [milliseconds: number, id: string];

/** The last one first. */
export async function listSessions(
	db: Queryable,
	{ roomId, before, limit }: { roomId: string; before: TimeKey | undefined; limit: number }
): Promise<SessionRow[]> {
	const rows = await db.query<{
		id: number;
		started_at: Date;
		ended_at: Date | null;
		end_reason: EndReason | null;
		peak_viewers: number;
	}>(
		`SELECT id, started_at, ended_at, end_reason, peak_viewers FROM rooms_sessions
			WHERE room_id = ? ${before ? "AND (started_at < ? OR (started_at = ? AND id < ?))" : ""}
			ORDER BY started_at DESC, id DESC LIMIT ?`,
		[roomId, ...(before ? [new Date(before[0]), new Date(before[0]), before[1]] : []), limit]
	);
	return rows.map((row) => ({
		id: String(row.id),
		startedAt: row.started_at,
		endedAt: row.ended_at,
		endReason: row.end_reason,
		peakViewers: Number(row.peak_viewers)
	}));
}

/** The room where a host has an open session. */
export async function findLiveRoomOf(db: Queryable, hostId: string): Promise<string | undefined> {
	const [row] = await db.query<{ room_id: number }>(
		"SELECT room_id FROM rooms_sessions WHERE live_host_id = ?",
		[hostId]
	);
	return row && String(row.room_id);
}

export interface Cutoffs {
	/** An encoder that was heard before this is silent. */
	readonly silent: Date;
	/** A paused room without an encoder since this is over. */
	readonly grace: Date;
	/** A session that began before this must have had packets. */
	readonly firstPacket: Date;
}

/** Ids of open rooms that one of the cutoffs may concern; the rules decide. */
export async function findOverdue(
	db: Queryable,
	cutoffs: Cutoffs,
	limit: number
): Promise<string[]> {
	const { silent, grace, firstPacket } = cutoffs;
	const rows = await db.query<{ id: number }>(
		`SELECT r.id FROM rooms_rooms r JOIN rooms_sessions s ON s.id = r.session_id
			WHERE r.status IN ('live', 'paused') AND (
				(r.streaming = 1 AND r.heard_at < ?)
				OR (r.status = 'paused' AND r.paused_at < ? AND (r.heard_at IS NULL OR r.heard_at < ?))
				OR (r.status = 'live' AND r.aired = 0 AND s.started_at < ?)
			) ORDER BY r.id LIMIT ?`,
		[silent, grace, grace, firstPacket, limit]
	);
	return rows.map(({ id }) => String(id));
}

/** Rooms that are open, hottest first. */
export async function findOpenRooms(db: Queryable, limit: number): Promise<Room[]> {
	const rows = await db.query<RoomRow>(
		`${selectRooms} WHERE r.status IN ('live', 'paused') ORDER BY r.heat DESC, r.id DESC LIMIT ?`,
		[limit]
	);
	return rows.map(roomOf);
}

/** What was counted in a room whose session is still the same. */
export async function writeSample(
	db: Queryable,
	room: { id: string; sessionId: string; viewers: number; heat: number }
): Promise<void> {
	const { id, sessionId, viewers, heat } = room;
	await db.execute(
		`UPDATE rooms_rooms SET viewers = ?, heat = ? WHERE id = ? AND session_id = ?
			AND status IN ('live', 'paused')`,
		[viewers, heat, id, sessionId]
	);
	await db.execute("UPDATE rooms_sessions SET peak_viewers = ? WHERE id = ? AND peak_viewers < ?", [
		viewers,
		sessionId,
		viewers
	]);
}

/** The count of likes only rises: an older one, or one of an emptied store, changes nothing. */
export async function writeLikes(db: Queryable, sessionId: string, likes: number): Promise<void> {
	await db.execute("UPDATE rooms_sessions SET likes = ? WHERE id = ? AND likes < ?", [
		likes,
		sessionId,
		likes
	]);
}
