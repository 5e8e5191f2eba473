/** A room as the tables hold it. */
import type { RoomState, Status } from "./rooms.rules.ts";

export interface Room extends RoomState {
	readonly id: string;
	readonly hostId: string;
	readonly title: string;
	readonly coverUrl: string | null;
	readonly category: string;
	readonly startsAt: Date | null;
	readonly createdAt: Date;
	/** As counted a moment ago. */
	readonly viewers: number;
	readonly heat: number;
	/** Of the session that is open, or was the last. */
	readonly endedAt: Date | null;
	readonly peakViewers: number;
	readonly likes: number;
}

export interface RoomRow {
	id: number;
	host_id: number;
	title: string;
	cover_url: string | null;
	category: string;
	status: Status;
	starts_at: Date | null;
	created_at: Date;
	viewers: number;
	heat: number;
	session_id: number | null;
	generation: number;
	closed_generation: number;
	streaming: number;
	aired: number;
	paused_by: "host" | "silence" | null;
	paused_at: Date | null;
	heard_at: Date | null;
	started_at: Date | null;
	ended_at: Date | null;
	peak_viewers: number | null;
	likes: number | null;
}

/** The part of a SELECT before its WHERE. */
export const selectRooms = `SELECT r.id, r.host_id, r.title, r.cover_url, r.category, r.status,
	r.starts_at, r.created_at, r.viewers, r.heat, r.session_id, r.generation, r.closed_generation,
	r.streaming, r.aired, r.paused_by, r.paused_at, r.heard_at,
	s.started_at, s.ended_at, s.peak_viewers, s.likes
	FROM rooms_rooms r LEFT JOIN rooms_sessions s ON s.id = r.session_id`;

export const roomOf = (row: RoomRow): Room => ({
	id: String(row.id),
	hostId: String(row.host_id),
	title: row.title,
	coverUrl: row.cover_url,
	category: row.category,
	status: row.status,
	startsAt: row.starts_at,
	createdAt: row.created_at,
	viewers: Number(row.viewers),
	heat: Number(row.heat),
	sessionId: row.session_id === null ? null : String(row.session_id),
	generation: Number(row.generation),
	closedGeneration: Number(row.closed_generation),
	streaming: Number(row.streaming) === 1,
	aired: Number(row.aired) === 1,
	pausedBy: row.paused_by,
	pausedAt: row.paused_at,
	heardAt: row.heard_at,
	startedAt: row.started_at,
	endedAt: row.ended_at,
	peakViewers: Number(row.peak_viewers ?? 0),
	likes: Number(row.likes ?? 0)
});
