/** The tables `auth_sessions` and `auth_refresh_tokens`. */
import type { Static } from "../../lib/schemas.ts";
import { placeholders, type Queryable } from "../../mixins/sql/index.ts";
import type { EndReason } from "./auth.contract.ts";
import type { RefreshTokenState } from "./auth.rules.ts";

export type Reason = Static<typeof EndReason>;

export interface SessionRow {
	readonly id: string;
	readonly userId: string;
	readonly deviceName: string;
	readonly lastSeenAt: Date;
}

interface RawSession {
	id: number;
	user_id: number;
	device_name: string;
	last_seen_at: Date;
}

const sessionOf = (row: RawSession): SessionRow => ({
	id: String(row.id),
	userId: String(row.user_id),
	deviceName: row.device_name,
	lastSeenAt: row.last_seen_at
});

export interface NewSession {
	readonly id: string;
	readonly userId: string;
	readonly deviceName: string;
	readonly now: Date;
	readonly expiresAt: Date;
}

export async function insertSession(db: Queryable, session: NewSession): Promise<void> {
	const { id, userId, deviceName, now, expiresAt } = session;
	await db.execute(
		`INSERT INTO auth_sessions (id, user_id, device_name, created_at, last_seen_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?)`,
		[id, userId, deviceName, now, now, expiresAt]
	);
}

/** The last used first. */
export async function findLiveSessions(
	db: Queryable,
	{ userId, now }: { userId: string; now: Date }
): Promise<SessionRow[]> {
	const rows = await db.query<RawSession>(
		`SELECT id, user_id, device_name, last_seen_at FROM auth_sessions
			WHERE user_id = ? AND ended_at IS NULL AND expires_at > ?
			ORDER BY last_seen_at DESC, id DESC`,
		[userId, now]
	);
	return rows.map(sessionOf);
}

export async function findLiveSession(
	db: Queryable,
	{ id, now }: { id: string; now: Date }
): Promise<SessionRow | undefined> {
	const [row] = await db.query<RawSession>(
		`SELECT id, user_id, device_name, last_seen_at FROM auth_sessions
			WHERE id = ? AND ended_at IS NULL AND expires_at > ?`,
		[id, now]
	);
	return row && sessionOf(row);
}

/** Ends those of `ids` that are alive. Ended sessions stay ended, with their first reason. */
export async function endSessions(
	db: Queryable,
	ids: readonly string[],
	{ reason, now }: { reason: Reason; now: Date }
): Promise<void> {
	if (ids.length === 0) return;
	await db.execute(
		`UPDATE auth_sessions SET ended_at = ?, end_reason = ?
			WHERE ended_at IS NULL AND id IN ${placeholders(1, ids.length)}`,
		[now, reason, ...ids]
	);
}

/** In the order of their ending, at most `count`. */
export async function findEndedSince(
	db: Queryable,
	since: Date,
	count: number
): Promise<{ id: string; endedAt: Date; reason: Reason }[]> {
	const rows = await db.query<{ id: number; ended_at: Date; end_reason: Reason }>(
		"SELECT id, ended_at, end_reason FROM auth_sessions WHERE ended_at >= ? " +
			"ORDER BY ended_at, id LIMIT ?",
		[since, count]
	);
	return rows.map((row) => ({
		id: String(row.id),
		endedAt: row.ended_at,
		reason: row.end_reason
	}));
}

export async function touchSession(
	db: Queryable,
	{ id, now, expiresAt }: { id: string; now: Date; expiresAt: Date }
): Promise<void> {
	await db.execute("UPDATE auth_sessions SET last_seen_at = ?, expires_at = ? WHERE id = ?", [
		now,
		expiresAt,
		id
	]);
}

export async function insertRefreshToken(
	db: Queryable,
	{ hash, sessionId, expiresAt }: { hash: Buffer; sessionId: string; expiresAt: Date }
): Promise<void> {
	await db.execute(
		"INSERT INTO auth_refresh_tokens (token_hash, session_id, expires_at) VALUES (?, ?, ?)",
		[hash, sessionId, expiresAt]
	);
}

/** True for the one call that uses it first, however many come at once. */
export async function markRefreshTokenUsed(
	db: Queryable,
	hash: Buffer,
	now: Date
): Promise<boolean> {
	const { affectedRows } = await db.execute(
		"UPDATE auth_refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL",
		[now, hash]
	);
	return affectedRows === 1;
}

export interface FoundRefreshToken extends RefreshTokenState {
	readonly sessionId: string;
	readonly userId: string;
}

export async function findRefreshToken(
	db: Queryable,
	hash: Buffer
): Promise<FoundRefreshToken | undefined> {
	const [row] = await db.query<{
		session_id: number;
		user_id: number;
		used_at: Date | null;
		expires_at: Date;
		ended_at: Date | null;
	}>(
		`SELECT t.session_id, s.user_id, t.used_at, t.expires_at, s.ended_at
			FROM auth_refresh_tokens t JOIN auth_sessions s ON s.id = t.session_id
			WHERE t.token_hash = ?`,
		[hash]
	);
	return (
		row && {
			sessionId: String(row.session_id),
			userId: String(row.user_id),
			usedAt: row.used_at,
			expiresAt: row.expires_at,
			sessionEnded: row.ended_at !== null
		}
	);
}

/** What is past its time is refused anyway; this only keeps the tables small. */
export async function deleteExpired(db: Queryable, before: Date): Promise<void> {
	await db.execute("DELETE FROM auth_refresh_tokens WHERE expires_at < ?", [before]);
	await db.execute("DELETE FROM auth_sessions WHERE expires_at < ?", [before]);
}
