/** The databases that a bench runs on: an empty SQLite file, and a MariaDB of its own if found. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Env, loadEnv } from "../config/env.ts";
import { migrate } from "../mixins/sql/migrations.ts";
import { mariaDbCommand, startMariaDbPair } from "../scripts/servers/mariadb.ts";
import { say } from "./harness.ts";

/** Production figures: without the checks of answers that other environments add. */
export const benchEnv = (dataDir: string, variables: Record<string, string> = {}): Env =>
	loadEnv({
		NODE_ENV: "production",
		MASTER_SECRET: "bench-master-secret-0123456789abcdef",
		PHONE_INDEX_KEY: "b0".repeat(32),
		PHONE_KEYS: `bench:${"b1".repeat(32)}`,
		LOG_LEVEL: "fatal",
		DATA_DIR: dataDir,
		PORT: "0",
		...variables
	});

/** A folder that is gone when `work` is done. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-bench-"));
	try {
		return await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}
}

/** Runs `work` on each database with its tables up. */
export async function onEachSql(
	work: (name: "SQLite" | "MariaDB", env: Env) => Promise<void>
): Promise<void> {
	await inFolder(async (folder) => {
		const sqlite = benchEnv(join(folder, "sqlite"));
		await migrate(sqlite);
		await work("SQLite", sqlite);
		if (!mariaDbCommand()) {
			say("  MariaDB is not installed: npm run setup:servers");
			return;
		}
		const pair = await startMariaDbPair({ dataDir: join(folder, "mariadb"), database: "bench" });
		try {
			const mysql = benchEnv(join(folder, "data"), { MYSQL_URL: pair.primary.url });
			await migrate(mysql);
			await work("MariaDB", mysql);
		} finally {
			await pair.stop();
		}
	});
}
