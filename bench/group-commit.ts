/** Rows inserted by group commit beside one INSERT per row, 32 callers in a closed loop each. */
import type { Env } from "../config/env.ts";
import { groupCommit } from "../lib/group-commit.ts";
import { openSql, placeholders, type Sql } from "../mixins/sql/index.ts";
import { onEachSql } from "./backends.ts";
import { bench, type Compare, closedLoop } from "./harness.ts";

interface Row {
	readonly id: number;
	readonly text: string;
}

const text = "x".repeat(100);
const insert = (rows: number): string =>
	`INSERT INTO bench_rows (id, text) VALUES ${placeholders(rows, 2)}`;

const group = (db: Sql) =>
	groupCommit<Row, true>({
		itemsMax: 200,
		bytesMax: 1024 * 1024,
		bytesOf: (row) => row.text.length + 8,
		queueItemsMax: 10_000,
		queueBytesMax: 8 * 1024 * 1024,
		async commit(rows) {
			const values = rows.flatMap((row) => [row.id, row.text]);
			await db.transaction((tx) => tx.execute(insert(rows.length), values));
			return rows.map(() => true as const);
		}
	});

async function groupCommitOn(name: string, env: Env, compare: Compare): Promise<void> {
	const db = openSql(env);
	try {
		await db.execute("CREATE TABLE bench_rows (id BIGINT PRIMARY KEY, text VARCHAR(200) NOT NULL)");
		const commits = group(db);
		let id = 0;
		await compare({
			what: `group commit on ${name}, 32 in flight`,
			unit: "rows/s",
			ours: closedLoop(() => commits.submit({ id: ++id, text }), { inFlight: 32 }),
			peer: closedLoop(() => db.execute(insert(1), [++id, text]), { inFlight: 32 }),
			peerName: "one INSERT per row"
		});
		await commits.stop();
	} finally {
		await db.close();
	}
}

await bench("group-commit", (compare) =>
	onEachSql((name, env) => groupCommitOn(name, env, compare))
);
