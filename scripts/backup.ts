/**
 * `npm run backup` copies the database and the pictures of this machine while the platform runs:
 * one moment of all tables, which lies between the two times of the manifest. `-- --to FOLDER`
 * says where (`DATA_DIR/backups/` and the time unless told); `-- --position` adds the place in the
 * binary log. Secrets are not in it: without MASTER_SECRET and PHONE_KEYS it is of little use.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Env, loadEnv } from "../config/env.ts";
import { type Manifest, makeArchive } from "./backup/archive.ts";
import { dumpMysql } from "./backup/mysql.ts";
import { dumpSqlite } from "./backup/sqlite.ts";
import { explain } from "./explain.ts";

export interface BackupOptions {
	readonly to?: string | undefined;
	readonly position?: boolean | undefined;
}

/** Where the backup lies, and what is in it. */
export async function backup(
	env: Env,
	options: BackupOptions = {}
): Promise<{ folder: string; manifest: Manifest }> {
	const { dataDir, mysqlUrl } = env;
	const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
	const folder = options.to ?? join(dataDir, "backups", stamp);
	const manifest = await makeArchive({
		folder,
		dataDir,
		database: mysqlUrl === undefined ? "sqlite" : "mysql",
		dump: (half) =>
			mysqlUrl === undefined
				? dumpSqlite(dataDir, half)
				: dumpMysql(mysqlUrl, half, { position: options.position === true })
	});
	return { folder, manifest };
}

if (import.meta.main) {
	try {
		const { values } = parseArgs({
			options: { to: { type: "string" }, position: { type: "boolean" } }
		});
		const { folder, manifest } = await backup(loadEnv(), values);
		const { file, pictures, startedAt, endedAt } = manifest;
		console.log(`${folder}: ${file.bytes} bytes of database, ${pictures} pictures.`);
		console.log(`It shows a moment between ${startedAt} and ${endedAt}.`);
	} catch (error) {
		console.error(explain(error));
		process.exit(1);
	}
}
