/**
 * The table `moderation_versions`: one row for restrictions and one for words. Who changes either
 * locks its row until the commit, so that versions become visible in their order and without
 * gaps: whoever has seen a version has seen, or can read, all before it.
 */
import type { Queryable, Transaction } from "../../mixins/sql/index.ts";

export type VersionName = "restrictions" | "words";

/** The version of the last change; no other is made until the transaction ends. */
export async function lockVersion(tx: Transaction, name: VersionName): Promise<number> {
	const [row] = await tx.query<{ version: number }>(
		`SELECT version FROM moderation_versions WHERE name = ? ${tx.forUpdate}`,
		[name]
	);
	if (!row) throw new Error(`The version of ${name} is missing.`);
	return Number(row.version);
}

export async function writeVersion(
	tx: Transaction,
	name: VersionName,
	version: number
): Promise<void> {
	await tx.execute("UPDATE moderation_versions SET version = ? WHERE name = ?", [version, name]);
}

export async function writeFloor(tx: Transaction, name: VersionName, floor: number): Promise<void> {
	await tx.execute("UPDATE moderation_versions SET floor = ? WHERE name = ?", [floor, name]);
}

export async function readVersion(db: Queryable, name: VersionName): Promise<number> {
	const [row] = await db.query<{ version: number }>(
		"SELECT version FROM moderation_versions WHERE name = ?",
		[name]
	);
	return Number(row?.version ?? 0);
}
