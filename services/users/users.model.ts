/** The tables `users_profiles_00` … `_15`, `users_phones` and `users_names`. */
import { isUniqueViolation, placeholders, type Queryable } from "../../mixins/sql/index.ts";
import type { SealedPhone } from "./users.phones.ts";
import { shardOf } from "./users.rules.ts";

export interface Profile {
	readonly id: string;
	readonly nickname: string;
	readonly avatarUrl: string | null;
	readonly level: number;
	readonly status: "active" | "banned";
	readonly createdAt: Date;
}

interface ProfileRow {
	id: number;
	nickname: string;
	avatar_url: string | null;
	level: number;
	status: Profile["status"];
	created_at: Date;
}

const profileColumns = "id, nickname, avatar_url, level, status, created_at";

const profileOf = (row: ProfileRow): Profile => ({
	id: String(row.id),
	nickname: row.nickname,
	avatarUrl: row.avatar_url,
	level: Number(row.level),
	status: row.status,
	createdAt: row.created_at
});

const tableOf = (shard: number): string => `users_profiles_${String(shard).padStart(2, "0")}`;

export async function insertProfile(
	db: Queryable,
	{ id, nickname, at }: { id: string; nickname: string; at: Date }
): Promise<void> {
	await db.execute(
		`INSERT INTO ${tableOf(shardOf(id))}
			(id, nickname, avatar_url, level, status, created_at, updated_at)
			VALUES (?, ?, NULL, 1, 'active', ?, ?)`,
		[id, nickname, at, at]
	);
}

export async function findProfile(db: Queryable, id: string): Promise<Profile | undefined> {
	const [row] = await db.query<ProfileRow>(
		`SELECT ${profileColumns} FROM ${tableOf(shardOf(id))} WHERE id = ?`,
		[id]
	);
	return row && profileOf(row);
}

/** One query per shard that holds any of them, all at once; in no order. */
export async function findProfiles(db: Queryable, ids: readonly string[]): Promise<Profile[]> {
	const shards = Map.groupBy(ids, shardOf);
	const found = await Promise.all(
		[...shards].map(([shard, inShard]) =>
			db.query<ProfileRow>(
				`SELECT ${profileColumns} FROM ${tableOf(shard)}
					WHERE id IN ${placeholders(1, inShard.length)}`,
				inShard
			)
		)
	);
	return found.flat().map(profileOf);
}

export interface ProfileChanges {
	readonly nickname?: string;
	readonly avatarUrl?: string | null;
}

/** Only what is given is written: two changes of different fields at once both stay. */
export async function updateProfile(
	db: Queryable,
	id: string,
	{ nickname, avatarUrl, at }: ProfileChanges & { at: Date }
): Promise<void> {
	const sets: [column: string, value: string | Date | null][] = [["updated_at", at]];
	if (nickname !== undefined) sets.push(["nickname", nickname]);
	if (avatarUrl !== undefined) sets.push(["avatar_url", avatarUrl]);
	const columns = sets.map(([column]) => `${column} = ?`).join(", ");
	const values = sets.map(([, value]) => value);
	await db.execute(`UPDATE ${tableOf(shardOf(id))} SET ${columns} WHERE id = ?`, [...values, id]);
}

/** False when the user is not there or has that status already. */
export async function setStatus(
	db: Queryable,
	id: string,
	change: { status: Profile["status"]; reason: string | null; at: Date }
): Promise<boolean> {
	const { affectedRows } = await db.execute(
		`UPDATE ${tableOf(shardOf(id))} SET status = ?, ban_reason = ?, updated_at = ?
			WHERE id = ? AND status <> ?`,
		[change.status, change.reason, change.at, id, change.status]
	);
	return affectedRows === 1;
}

/** The unique key decides who has the phone; `isPhoneTaken` tells its refusal apart. */
export async function insertPhone(
	db: Queryable,
	phone: SealedPhone & { userId: string; index: Buffer }
): Promise<void> {
	await db.execute(
		"INSERT INTO users_phones (user_id, phone_index, key_id, phone_sealed) VALUES (?, ?, ?, ?)",
		[phone.userId, phone.index, phone.keyId, phone.sealed]
	);
}

export const isPhoneTaken = (error: unknown): boolean => isUniqueViolation(error, "phone_index");

export async function findUserByPhone(db: Queryable, index: Buffer): Promise<string | undefined> {
	const [row] = await db.query<{ user_id: number }>(
		"SELECT user_id FROM users_phones WHERE phone_index = ?",
		[index]
	);
	return row && String(row.user_id);
}

export async function findPhone(db: Queryable, userId: string): Promise<SealedPhone | undefined> {
	const [row] = await db.query<{ key_id: string; phone_sealed: Buffer }>(
		"SELECT key_id, phone_sealed FROM users_phones WHERE user_id = ?",
		[userId]
	);
	return row && { keyId: row.key_id, sealed: row.phone_sealed };
}

/** The unique key decides who has the name; `isUsernameTaken` tells its refusal apart. */
export async function insertUsername(
	db: Queryable,
	{ userId, username }: { userId: string; username: string }
): Promise<void> {
	await db.execute("INSERT INTO users_names (user_id, username) VALUES (?, ?)", [userId, username]);
}

export const isUsernameTaken = (error: unknown): boolean => isUniqueViolation(error, "username");

export async function findUserByUsername(
	db: Queryable,
	username: string
): Promise<string | undefined> {
	const [row] = await db.query<{ user_id: number }>(
		"SELECT user_id FROM users_names WHERE username = ?",
		[username]
	);
	return row && String(row.user_id);
}

export async function findUsername(db: Queryable, userId: string): Promise<string | undefined> {
	const [row] = await db.query<{ username: string }>(
		"SELECT username FROM users_names WHERE user_id = ?",
		[userId]
	);
	return row?.username;
}

export interface StoredPhone extends SealedPhone {
	readonly userId: string;
}

/** Phones under any key but `keyId`, in the order of key and user. */
export async function findPhonesUnderOtherKeys(
	db: Queryable,
	keyId: string,
	count: number
): Promise<StoredPhone[]> {
	const rows = await db.query<{ user_id: number; key_id: string; phone_sealed: Buffer }>(
		`SELECT user_id, key_id, phone_sealed FROM users_phones WHERE key_id <> ?
			ORDER BY key_id, user_id LIMIT ?`,
		[keyId, count]
	);
	return rows.map((row) => ({
		userId: String(row.user_id),
		keyId: row.key_id,
		sealed: row.phone_sealed
	}));
}

/** False when the row changed since it was read. */
export async function resealPhone(
	db: Queryable,
	before: StoredPhone,
	after: SealedPhone
): Promise<boolean> {
	const { affectedRows } = await db.execute(
		`UPDATE users_phones SET key_id = ?, phone_sealed = ?
			WHERE user_id = ? AND key_id = ? AND phone_sealed = ?`,
		[after.keyId, after.sealed, before.userId, before.keyId, before.sealed]
	);
	return affectedRows === 1;
}
