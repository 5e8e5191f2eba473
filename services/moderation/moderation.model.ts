/** The tables `moderation_restrictions` and `moderation_changes`. */
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { Kind } from "./moderation.rules.ts";

/** Whom and where; room null is every room. */
export interface Scope {
	readonly roomId: string | null;
	readonly userId: string;
}

export interface RestrictionRow extends Scope {
	readonly kind: Kind;
	readonly byOperator: boolean;
	readonly endsAt: Date | null;
	readonly reason: string;
	readonly byId: string;
	readonly laidAt: Date;
	readonly version: number;
}

interface Raw {
	room_id: number;
	user_id: number;
	kind: Kind;
	by_operator: number;
	ends_at: Date | null;
	reason: string;
	by_id: number;
	laid_at: Date;
	version: number;
}

/** A key may not hold a null more than once, and no room has this id. */
const everyRoom = "0";
const stored = (roomId: string | null): string => roomId ?? everyRoom;
const roomOf = (stored: number): string | null => (Number(stored) === 0 ? null : String(stored));

const select = `SELECT room_id, user_id, kind, by_operator, ends_at, reason, by_id, laid_at, version
	FROM moderation_restrictions`;
const isHolding = "(ends_at IS NULL OR ends_at > ?)";

const rowOf = (row: Raw): RestrictionRow => ({
	roomId: roomOf(row.room_id),
	userId: String(row.user_id),
	kind: row.kind,
	byOperator: Number(row.by_operator) === 1,
	endsAt: row.ends_at,
	reason: row.reason,
	byId: String(row.by_id),
	laidAt: row.laid_at,
	version: Number(row.version)
});

/** In place of the last of this kind by the same side; the caller has locked the version. */
export async function putRestriction(tx: Transaction, row: RestrictionRow): Promise<void> {
	const room = stored(row.roomId);
	const byOperator = Number(row.byOperator);
	await tx.execute(
		`DELETE FROM moderation_restrictions
			WHERE room_id = ? AND user_id = ? AND kind = ? AND by_operator = ?`,
		[room, row.userId, row.kind, byOperator]
	);
	await tx.execute(
		`INSERT INTO moderation_restrictions
			(room_id, user_id, kind, by_operator, ends_at, reason, by_id, laid_at, version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		[
			...[room, row.userId, row.kind, byOperator, row.endsAt, row.reason, row.byId],
			...[row.laidAt, row.version]
		]
	);
}

/** How many rows there were: of the host's side alone, or of both. */
export async function deleteRestrictions(
	tx: Transaction,
	{ roomId, userId, operatorsToo }: Scope & { operatorsToo: boolean }
): Promise<number> {
	const { affectedRows } = await tx.execute(
		`DELETE FROM moderation_restrictions WHERE room_id = ? AND user_id = ? AND by_operator <= ?`,
		[stored(roomId), userId, Number(operatorsToo)]
	);
	return affectedRows;
}

export async function countHolding(db: Queryable, roomId: string, now: Date): Promise<number> {
	const [row] = await db.query<{ count: number }>(
		`SELECT COUNT(*) AS count FROM moderation_restrictions WHERE room_id = ? AND ${isHolding}`,
		[roomId, now]
	);
	return Number(row?.count ?? 0);
}

export async function findOfRoom(
	db: Queryable,
	roomId: string,
	now: Date
): Promise<RestrictionRow[]> {
	const rows = await db.query<Raw>(`${select} WHERE room_id = ? AND ${isHolding}`, [roomId, now]);
	return rows.map(rowOf);
}

/** Those of every room. */
export async function findOfUser(
	db: Queryable,
	userId: string,
	now: Date
): Promise<RestrictionRow[]> {
	const rows = await db.query<Raw>(`${select} WHERE room_id = ? AND user_id = ? AND ${isHolding}`, [
		everyRoom,
		userId,
		now
	]);
	return rows.map(rowOf);
}

/** All that is laid on somebody in a room and in every room, also what is over. */
export async function findOn(
	db: Queryable,
	{ roomId, userId }: { roomId: string; userId: string }
): Promise<RestrictionRow[]> {
	const rows = await db.query<Raw>(`${select} WHERE room_id IN (?, ?) AND user_id = ?`, [
		everyRoom,
		roomId,
		userId
	]);
	return rows.map(rowOf);
}

export interface ListQuery {
	readonly roomId: string;
	/** The version of the last row shown. */
	readonly before: number | undefined;
	readonly limit: number;
	readonly now: Date;
}

/** The last one first. */
export async function listOfRoom(
	db: Queryable,
	{ roomId, before, limit, now }: ListQuery
): Promise<RestrictionRow[]> {
	const rows = await db.query<Raw>(
		`${select} WHERE room_id = ? AND ${isHolding} ${before === undefined ? "" : "AND version < ?"}
			ORDER BY version DESC LIMIT ?`,
		[roomId, now, ...(before === undefined ? [] : [before]), limit]
	);
	return rows.map(rowOf);
}

/** Deletes what ended before; what is laid anew meanwhile has another version. False: none left. */
export async function deleteEnded(db: Queryable, before: Date, limit: number): Promise<boolean> {
	const rows = await db.query<{ version: number }>(
		"SELECT version FROM moderation_restrictions WHERE ends_at < ? ORDER BY ends_at LIMIT ?",
		[before, limit]
	);
	if (rows.length === 0) return false;
	const versions = rows.map(({ version }) => version);
	await db.execute(
		`DELETE FROM moderation_restrictions WHERE version IN ${placeholders(1, versions.length)}`,
		versions
	);
	return rows.length === limit;
}

export async function insertChange(
	tx: Transaction,
	{ version, roomId, userId, at }: Scope & { version: number; at: Date }
): Promise<void> {
	await tx.execute(
		"INSERT INTO moderation_changes (version, room_id, user_id, changed_at) VALUES (?, ?, ?, ?)",
		[version, stored(roomId), userId, at]
	);
}

/** The highest version that is older than `before`; 0 where none is. */
export async function findLastChangeBefore(db: Queryable, before: Date): Promise<number> {
	const [row] = await db.query<{ version: number | null }>(
		"SELECT MAX(version) AS version FROM moderation_changes WHERE changed_at < ?",
		[before]
	);
	return Number(row?.version ?? 0);
}

export async function deleteChangesUpTo(tx: Transaction, version: number): Promise<void> {
	await tx.execute("DELETE FROM moderation_changes WHERE version <= ?", [version]);
}

export interface Changes {
	readonly version: number;
	readonly floor: number;
	/** In their order, at most `limit`. */
	readonly items: readonly Scope[];
}

/** One statement, so that the versions and the changes are of one moment. */
export async function findChanges(db: Queryable, since: number, limit: number): Promise<Changes> {
	const rows = await db.query<{
		version: number;
		floor: number;
		room_id: number | null;
		user_id: number | null;
	}>(
		`SELECT v.version, v.floor, c.room_id, c.user_id FROM moderation_versions v
			LEFT JOIN moderation_changes c ON c.version > ? AND c.version <= v.version
			WHERE v.name = 'restrictions' ORDER BY c.version LIMIT ?`,
		[since, limit]
	);
	return {
		version: Number(rows[0]?.version ?? 0),
		floor: Number(rows[0]?.floor ?? 0),
		items: rows.flatMap(({ room_id, user_id }) =>
			room_id === null || user_id === null
				? []
				: [{ roomId: roomOf(room_id), userId: String(user_id) }]
		)
	};
}
