/** The table `tags_users`. Tags change by guarded bit arithmetic in SQL, so none can be lost. */
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";

/** The bits of those of `userIds` that have a row. */
export async function readBits(
	db: Queryable,
	userIds: readonly string[]
): Promise<Map<string, bigint>> {
	if (userIds.length === 0) return new Map();
	const rows = await db.query<{ user_id: number; bits: number | string }>(
		`SELECT user_id, bits FROM tags_users WHERE user_id IN (${userIds.map(() => "?").join(",")})`,
		userIds.map(BigInt)
	);
	return new Map(rows.map((row) => [String(row.user_id), BigInt(row.bits)]));
}

/** Sets one bit. False when it was set already, or when the user has no row yet. */
export async function setBit(db: Queryable, userId: string, bit: bigint): Promise<boolean> {
	const { affectedRows } = await db.execute(
		"UPDATE tags_users SET bits = bits | ? WHERE user_id = ? AND (bits & ?) = 0",
		[bit, BigInt(userId), bit]
	);
	return affectedRows === 1;
}

/** Clears one bit. False when it was not set. */
export async function clearBit(db: Queryable, userId: string, bit: bigint): Promise<boolean> {
	const { affectedRows } = await db.execute(
		"UPDATE tags_users SET bits = bits - ? WHERE user_id = ? AND (bits & ?) = ?",
		[bit, BigInt(userId), bit, bit]
	);
	return affectedRows === 1;
}

export async function hasRow(db: Queryable, userId: string): Promise<boolean> {
	const rows = await db.query("SELECT 1 FROM tags_users WHERE user_id = ?", [BigInt(userId)]);
	return rows.length === 1;
}

/** Makes sure that the user has a row, without tags if it is new. Many may try at once. */
export async function ensureRow(db: Queryable, userId: string): Promise<void> {
	try {
		await db.execute("INSERT INTO tags_users (user_id, bits) VALUES (?, 0)", [BigInt(userId)]);
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
	}
}
