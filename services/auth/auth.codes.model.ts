/** The tables `auth_codes` and `auth_passwords`: what proves who somebody is. */
import { limits } from "../../config/limits.ts";
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";

const secondsBefore = (time: Date, seconds: number): Date =>
	new Date(time.getTime() - seconds * 1000);

export interface NewCode {
	readonly phoneIndex: Buffer;
	readonly codeId: Buffer;
	readonly codeHash: Buffer;
	readonly now: Date;
	/** How many codes the phone may be sent within an hour. */
	readonly perHourMax: number;
}

/**
 * Puts the code in place of the last one, unless one was sent lately or too many in an hour. The
 * condition is part of the write, so of many calls at once one wins. Returns 0 when it is in
 * place, else the seconds to wait.
 */
export async function startCode(db: Queryable, code: NewCode): Promise<number> {
	const { phoneIndex, codeId, codeHash, now, perHourMax } = code;
	const expiresAt = new Date(now.getTime() + limits.signInCodeSecondsMax * 1000);
	const resendFrom = secondsBefore(now, limits.signInCodeResendSecondsMin);
	const hourAgo = secondsBefore(now, 3_600);
	// MySQL assigns from left to right: the count must look at the hour before the hour changes.
	const { affectedRows } = await db.execute(
		`UPDATE auth_codes SET code_id = ?, code_hash = ?, attempts = 0, expires_at = ?, used_at = NULL,
			sent_at = ?,
			sent_in_hour = CASE WHEN hour_started_at <= ? THEN 1 ELSE sent_in_hour + 1 END,
			hour_started_at = CASE WHEN hour_started_at <= ? THEN ? ELSE hour_started_at END
			WHERE phone_index = ? AND sent_at <= ? AND (sent_in_hour < ? OR hour_started_at <= ?)`,
		[
			...[codeId, codeHash, expiresAt, now, hourAgo, hourAgo, now],
			...[phoneIndex, resendFrom, perHourMax, hourAgo]
		]
	);
	if (affectedRows === 1) return 0;
	if (await insertCode(db, code, expiresAt)) return 0;
	return secondsToWait(db, code);
}

/** False when the phone has a row already. */
async function insertCode(db: Queryable, code: NewCode, expiresAt: Date): Promise<boolean> {
	try {
		await db.execute(
			`INSERT INTO auth_codes (phone_index, code_id, code_hash, attempts, expires_at, sent_at,
				hour_started_at, sent_in_hour) VALUES (?, ?, ?, 0, ?, ?, ?, 1)`,
			[code.phoneIndex, code.codeId, code.codeHash, expiresAt, code.now, code.now]
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error)) return false;
		throw error;
	}
}

async function secondsToWait(
	db: Queryable,
	{ phoneIndex, now, perHourMax }: NewCode
): Promise<number> {
	const [row] = await db.query<{ sent_at: Date; hour_started_at: Date; sent_in_hour: number }>(
		"SELECT sent_at, hour_started_at, sent_in_hour FROM auth_codes WHERE phone_index = ?",
		[phoneIndex]
	);
	if (!row) return limits.signInCodeResendSecondsMin;
	const isHourFull = Number(row.sent_in_hour) >= perHourMax;
	const from = isHourFull ? row.hour_started_at : row.sent_at;
	const wait = isHourFull ? 3_600 : limits.signInCodeResendSecondsMin;
	return Math.max(1, Math.ceil(wait - (now.getTime() - from.getTime()) / 1000));
}

/** The code never left: another may be asked for at once. It still counts for the hour. */
export async function allowResend(
	db: Queryable,
	{ phoneIndex, codeId, now }: { phoneIndex: Buffer; codeId: Buffer; now: Date }
): Promise<void> {
	await db.execute("UPDATE auth_codes SET sent_at = ? WHERE phone_index = ? AND code_id = ?", [
		secondsBefore(now, limits.signInCodeResendSecondsMin),
		phoneIndex,
		codeId
	]);
}

/**
 * Counts one guess, and returns the code to compare it with, or undefined when no guess is left.
 * Counting comes before comparing: a hundred guesses at once are still only five comparisons.
 */
export async function countGuess(
	db: Queryable,
	{ phoneIndex, now }: { phoneIndex: Buffer; now: Date }
): Promise<{ codeId: Buffer; codeHash: Buffer } | undefined> {
	const { affectedRows } = await db.execute(
		`UPDATE auth_codes SET attempts = attempts + 1
			WHERE phone_index = ? AND attempts < ? AND used_at IS NULL AND expires_at > ?`,
		[phoneIndex, limits.signInCodeAttemptsMax, now]
	);
	if (affectedRows === 0) return undefined;
	const [row] = await db.query<{ code_id: Buffer; code_hash: Buffer }>(
		"SELECT code_id, code_hash FROM auth_codes WHERE phone_index = ?",
		[phoneIndex]
	);
	return row && { codeId: row.code_id, codeHash: row.code_hash };
}

export async function markCodeUsed(
	db: Queryable,
	{ phoneIndex, now }: { phoneIndex: Buffer; now: Date }
): Promise<void> {
	await db.execute("UPDATE auth_codes SET used_at = ? WHERE phone_index = ?", [now, phoneIndex]);
}

export async function insertPassword(
	db: Queryable,
	{ userId, hash, now }: { userId: string; hash: string; now: Date }
): Promise<void> {
	await db.execute(
		"INSERT INTO auth_passwords (user_id, password_hash, updated_at) VALUES (?, ?, ?)",
		[userId, hash, now]
	);
}

export async function deletePassword(db: Queryable, userId: string): Promise<void> {
	await db.execute("DELETE FROM auth_passwords WHERE user_id = ?", [userId]);
}

export async function findPassword(db: Queryable, userId: string): Promise<string | undefined> {
	const [row] = await db.query<{ password_hash: string }>(
		"SELECT password_hash FROM auth_passwords WHERE user_id = ?",
		[userId]
	);
	return row?.password_hash;
}

/** Codes that nobody can use any more and that no limit counts any more. */
export async function deleteOldCodes(db: Queryable, now: Date): Promise<void> {
	await db.execute("DELETE FROM auth_codes WHERE sent_at < ?", [secondsBefore(now, 2 * 86_400)]);
}
