/** The table `files_files`: one row per file on the disk of one store. */
import type { Static } from "../../lib/schemas.ts";
import { placeholders, type Queryable } from "../../mixins/sql/index.ts";
import type { StoredFile } from "./files.contract.ts";

export interface FileRow {
	readonly id: string;
	readonly userId: string;
	/** The disk that it lies on (`files.disk.ts`). */
	readonly storeId: string;
	readonly type: Static<typeof StoredFile>["type"];
	readonly width: number;
	readonly height: number;
	readonly bytes: number;
}

export async function insertFile(db: Queryable, file: FileRow & { at: Date }): Promise<void> {
	await db.execute(
		`INSERT INTO files_files
			(id, user_id, store_id, media_type, width, height, size_bytes, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		[
			...[file.id, file.userId, file.storeId, file.type],
			...[file.width, file.height, file.bytes, file.at]
		]
	);
}

export async function findFile(db: Queryable, id: string): Promise<FileRow | undefined> {
	const [row] = await db.query<{
		user_id: number;
		store_id: string;
		media_type: FileRow["type"];
		width: number;
		height: number;
		size_bytes: number;
	}>(
		`SELECT user_id, store_id, media_type, width, height, size_bytes
			FROM files_files WHERE id = ?`,
		[id]
	);
	return (
		row && {
			id,
			userId: String(row.user_id),
			storeId: row.store_id,
			type: row.media_type,
			width: Number(row.width),
			height: Number(row.height),
			bytes: Number(row.size_bytes)
		}
	);
}

/** What all files of a user take. */
export async function bytesOfUser(db: Queryable, userId: string): Promise<number> {
	const [row] = await db.query<{ total: number | string | null }>(
		"SELECT SUM(size_bytes) AS total FROM files_files WHERE user_id = ?",
		[userId]
	);
	return Number(row?.total ?? 0);
}

/** Which of `ids` have a row in that store. */
export async function knownFiles(
	db: Queryable,
	storeId: string,
	ids: readonly string[]
): Promise<Set<string>> {
	const rows = await db.query<{ id: number }>(
		`SELECT id FROM files_files WHERE store_id = ? AND id IN ${placeholders(1, ids.length)}`,
		[storeId, ...ids]
	);
	return new Set(rows.map(({ id }) => String(id)));
}

export async function hasFiles(db: Queryable, storeId: string): Promise<boolean> {
	const rows = await db.query("SELECT id FROM files_files WHERE store_id = ? LIMIT 1", [storeId]);
	return rows.length === 1;
}
