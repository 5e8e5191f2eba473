/** The embedded database, copied while the platform writes to it. */
import { chmodSync, existsSync } from "node:fs";
import { copyFile, mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export const sqliteFile = (dataDir: string): string => join(dataDir, "live-commerce.sqlite");

const waitMilliseconds = 5_000;

/** One moment of the database, in one file without a log beside it. */
export async function dumpSqlite(dataDir: string, folder: string): Promise<string> {
	const from = sqliteFile(dataDir);
	if (!existsSync(from)) throw new Error(`There is no database at ${from}.`);
	const name = "database.sqlite";
	const to = join(folder, name);
	const database = new DatabaseSync(from, { readOnly: true, timeout: waitMilliseconds });
	try {
		// A reader: with a write-ahead log nobody waits for it, and it sees no later commit.
		database.prepare("VACUUM INTO ?").run(to);
	} finally {
		database.close();
	}
	chmodSync(to, 0o600);
	checkSqlite(to);
	await onDisk(to);
	return name;
}

/** Refuses to touch a database that is there. */
export async function restoreSqlite(file: string, dataDir: string): Promise<void> {
	const to = sqliteFile(dataDir);
	for (const path of [to, `${to}-wal`]) {
		if (existsSync(path)) throw new Error(`${path} is there: move it away first.`);
	}
	await mkdir(dataDir, { recursive: true });
	const half = `${to}.partial`;
	await copyFile(file, half);
	checkSqlite(half);
	await onDisk(half);
	await rename(half, to);
}

function checkSqlite(file: string): void {
	const database = new DatabaseSync(file, { readOnly: true });
	try {
		const [row] = database.prepare("PRAGMA integrity_check").all();
		if (row?.integrity_check !== "ok") throw new Error(`${file}: ${row?.integrity_check}`);
	} finally {
		database.close();
	}
}

async function onDisk(path: string): Promise<void> {
	await using file = await open(path, "r+");
	await file.sync();
}
