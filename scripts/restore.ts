/**
 * `npm run restore -- --from FOLDER` puts a backup into an empty database and proves it: fitting
 * tables, a whole ledger, a whole stock. The platform must not run. `-- --clear` empties Redis and
 * the streams of NATS first, which must know nothing of a later time. Ends with 1 when it could
 * not, or when the books are not whole.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Env, loadEnv } from "../config/env.ts";
import { limits } from "../config/limits.ts";
import { openSql } from "../mixins/sql/index.ts";
import { skipAhead } from "../services/ids/ids.model.ts";
import { verifyStock } from "../services/stock/stock.verify.ts";
import { verifyLedger } from "../services/wallets/wallets.verify.ts";
import { openArchive, restorePictures } from "./backup/archive.ts";
import { restoreMysql } from "./backup/mysql.ts";
import { remains } from "./backup/remains.ts";
import { restoreSqlite } from "./backup/sqlite.ts";
import { explain } from "./explain.ts";
import { reportOf } from "./ledger-verify.ts";
import { migrateAll } from "./migrate.ts";
import { stockReportOf } from "./stock-verify.ts";

/** What was done, line by line, and whether the books are whole. */
export async function restore(
	env: Env,
	{ from, clear = false }: { from: string; clear?: boolean | undefined }
): Promise<{ whole: boolean; lines: string[] }> {
	const manifest = await openArchive(from);
	const kind = env.mysqlUrl === undefined ? "sqlite" : "mysql";
	if (manifest.database !== kind) {
		throw new Error(`This is a backup of ${manifest.database}, and the platform uses ${kind}.`);
	}
	const left = await remains(env, clear);
	if (left.length > 0) throw new Error(`${left.join(" ")} -- --clear empties them.`);
	const file = join(from, manifest.file.name);
	if (env.mysqlUrl === undefined) await restoreSqlite(file, env.dataDir);
	else await restoreMysql(file, env.mysqlUrl);
	await restorePictures(from, env.dataDir);
	const lines = await migrateAll(env);
	const books = await prove(env);
	return { whole: books.whole, lines: [...lines, ...books.lines] };
}

async function prove(env: Env): Promise<{ whole: boolean; lines: string[] }> {
	const db = openSql(env);
	try {
		// What was numbered after the backup may still be known outside, to payment providers too.
		await skipAhead(db, limits.idsSkippedByRestore);
		const [ledger, stock] = [await verifyLedger(db), await verifyStock(db)];
		return {
			whole: ledger.faults.length + stock.faults.length === 0,
			lines: [reportOf(ledger), stockReportOf(stock)]
		};
	} finally {
		await db.close();
	}
}

if (import.meta.main) {
	try {
		const { values } = parseArgs({
			options: { from: { type: "string" }, clear: { type: "boolean" } }
		});
		if (!values.from) throw new Error("Which backup? npm run restore -- --from FOLDER");
		const { whole, lines } = await restore(loadEnv(), { from: values.from, clear: values.clear });
		console.log(lines.join("\n"));
		process.exit(whole ? 0 : 1);
	} catch (error) {
		console.error(explain(error));
		process.exit(1);
	}
}
