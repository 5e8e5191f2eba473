/** Sessions and their refresh tokens: opened, renewed, ended. Nothing here knows of users. */
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { judgeRefresh, type RefreshVerdict } from "./auth.rules.ts";
import {
	endSessions,
	findLiveSessions,
	findRefreshToken,
	insertRefreshToken,
	insertSession,
	markRefreshTokenUsed,
	type SessionRow,
	touchSession
} from "./auth.sessions.model.ts";
import { newRefreshToken, refreshTokenAfter, refreshTokenHash } from "./auth.tokens.ts";

const expiryAt = (now: Date): Date =>
	new Date(now.getTime() + limits.refreshTokenSecondsMax * 1000);

/**
 * Opens a session and returns its first refresh token, and the sessions that had to give way
 * because the user had too many: those not used for the longest time.
 */
export async function openSession(
	db: Sql,
	{ id, userId, deviceName, now }: { id: string; userId: string; deviceName: string; now: Date }
): Promise<{ refreshToken: string; pushedOut: SessionRow[] }> {
	const refreshToken = newRefreshToken();
	const expiresAt = expiryAt(now);
	const pushedOut = await db.transaction(async (tx) => {
		await insertSession(tx, { id, userId, deviceName, now, expiresAt });
		const hash = refreshTokenHash(refreshToken);
		await insertRefreshToken(tx, { hash, sessionId: id, expiresAt });
		const others = (await findLiveSessions(tx, { userId, now })).filter((live) => live.id !== id);
		const tooMany = others.slice(limits.sessionsPerUserMax - 1);
		const ids = tooMany.map((session) => session.id);
		await endSessions(tx, ids, { reason: "too-many", now });
		return tooMany;
	});
	return { refreshToken, pushedOut };
}

export interface Refreshed {
	readonly verdict: Exclude<RefreshVerdict, "refuse">;
	readonly sessionId: string;
	readonly userId: string;
	/** The token that follows: the same one for `rotate` and each `repeat`. */
	readonly refreshToken: string;
}

/**
 * Trades a refresh token for the next. The conditional UPDATE picks one of many calls at once;
 * the others are repeats of it. On `reuse` the session has been ended. Undefined: refused.
 */
export async function refreshSession(
	db: Sql,
	{ token, key, now }: { token: string; key: Buffer; now: Date }
): Promise<Refreshed | undefined> {
	const hash = refreshTokenHash(token);
	const refreshToken = refreshTokenAfter(token, key);
	// Marking comes before reading, so that what is read is not older than the mark.
	return db.transaction(async (tx) => {
		const isFirst = await markRefreshTokenUsed(tx, hash, now);
		const found = await findRefreshToken(tx, hash);
		const verdict = judgeRefresh(found, { isFirst, now });
		if (!found || verdict === "refuse") return undefined;
		const { sessionId, userId } = found;
		const expiresAt = expiryAt(now);
		if (verdict === "rotate") {
			const next = refreshTokenHash(refreshToken);
			await insertRefreshToken(tx, { hash: next, sessionId, expiresAt });
			await touchSession(tx, { id: sessionId, now, expiresAt });
		}
		if (verdict === "reuse") await endSessions(tx, [sessionId], { reason: "reuse", now });
		return { verdict, sessionId, userId, refreshToken };
	});
}
