/** The table `moderation_words`. Whoever writes has locked the version of the words. */
import type { Queryable, Transaction } from "../../mixins/sql/index.ts";

export interface WordRow {
	readonly word: string;
	readonly byId: string;
	readonly addedAt: Date;
	readonly version: number;
}

export async function hasWord(db: Queryable, word: string): Promise<boolean> {
	return (await db.query("SELECT word FROM moderation_words WHERE word = ?", [word])).length > 0;
}

export async function countWords(db: Queryable): Promise<number> {
	const [row] = await db.query<{ count: number }>("SELECT COUNT(*) AS count FROM moderation_words");
	return Number(row?.count ?? 0);
}

export async function insertWord(
	tx: Transaction,
	{ word, byId, addedAt, version }: WordRow
): Promise<void> {
	await tx.execute(
		"INSERT INTO moderation_words (word, by_id, added_at, version) VALUES (?, ?, ?, ?)",
		[word, byId, addedAt, version]
	);
}

/** False when nobody had forbidden it. */
export async function deleteWord(tx: Transaction, word: string): Promise<boolean> {
	const { affectedRows } = await tx.execute("DELETE FROM moderation_words WHERE word = ?", [word]);
	return affectedRows === 1;
}

/** The last one first; `before` is the version of the last row shown. */
export async function listWords(
	db: Queryable,
	{ before, limit }: { before: number | undefined; limit: number }
): Promise<WordRow[]> {
	const rows = await db.query<{ word: string; by_id: number; added_at: Date; version: number }>(
		`SELECT word, by_id, added_at, version FROM moderation_words
			${before === undefined ? "" : "WHERE version < ?"} ORDER BY version DESC LIMIT ?`,
		[...(before === undefined ? [] : [before]), limit]
	);
	return rows.map((row) => ({
		word: row.word,
		byId: String(row.by_id),
		addedAt: row.added_at,
		version: Number(row.version)
	}));
}

export async function findAllWords(db: Queryable): Promise<string[]> {
	const rows = await db.query<{ word: string }>("SELECT word FROM moderation_words ORDER BY word");
	return rows.map(({ word }) => word);
}
