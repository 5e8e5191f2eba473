/** What stands in a database, to prove that something changed nothing. */
import { openSql } from "../../mixins/sql/index.ts";
import { testEnv } from "./backends.ts";

/** What moves by itself while a platform runs, or is meant to record refusals. */
const moving = /^(sqlite_|schema_migrations|outbox_|ids_segments|admin_audit|auth_outbox)/;

/** Every row of every table of the SQLite file in `dataDir`, by table. */
export async function snapshot(dataDir: string): Promise<Record<string, unknown[]>> {
	const sql = openSql(testEnv(dataDir));
	try {
		const tables = await sql.query<{ name: string }>(
			"SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
		);
		const rows: Record<string, unknown[]> = {};
		for (const { name } of tables) {
			if (!moving.test(name)) rows[name] = await sql.query(`SELECT * FROM ${name}`);
		}
		return rows;
	} finally {
		await sql.close();
	}
}
