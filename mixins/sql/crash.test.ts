/** `kill -9` in the middle of transactions: what was said to be committed is there, no more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import { openSql } from "./index.ts";

/** Writes pairs of rows, each in one transaction, and says so; from pair 30 on, `hang` hangs. */
const child = (hang: boolean) => `
	import { loadEnv } from ${JSON.stringify(url("../../config/env.ts"))};
	import { openSql } from ${JSON.stringify(url("./index.ts"))};
	const sql = openSql(loadEnv());
	const pair = (id) => sql.transaction(async (tx) => {
		await tx.execute("INSERT INTO pairs VALUES (?, 1)", [id]);
		if (${hang} && id >= 30) {
			console.log("inside " + id);
			await new Promise(() => undefined);
		}
		await new Promise(setImmediate);
		await tx.execute("INSERT INTO pairs VALUES (?, 2)", [id]);
	}).then(() => console.log("committed " + id));
	setInterval(() => undefined, 1000);
	for (let id = 0; ; id += 5) await Promise.all([0, 1, 2, 3, 4].map((n) => pair(id + n)));
`;
const url = (path: string) => pathToFileURL(`${import.meta.dirname}/${path}`).href;

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`a crash on ${backend.name}`, () => {
		test.each([
			["inside a transaction that has written", true, /^inside 3/],
			["while transactions come and go", false, /^committed 1\d\d/]
		])("%s", async (_name, hang, killAt) => {
			const { env, close } = await backend.open();
			const before = openSql(env);
			await before.execute(
				"CREATE TABLE pairs (id BIGINT NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (id, half))"
			);
			await before.close();

			const program = spawn(process.execPath, ["--input-type=module", "-e", child(hang)], {
				env: { DATA_DIR: env.dataDir, ...(env.mysqlUrl ? { MYSQL_URL: env.mysqlUrl } : {}) },
				stdio: ["ignore", "pipe", "inherit"]
			});
			const committed: number[] = [];
			for await (const line of createInterface({ input: program.stdout })) {
				if (line.startsWith("committed")) committed.push(Number(line.split(" ")[1]));
				if (killAt.test(line)) program.kill("SIGKILL");
			}
			if (program.signalCode === null) await once(program, "exit");
			expect(program.signalCode).toBe("SIGKILL");

			const after = openSql(env);
			const rows = await after.query<{ id: number; n: number }>(
				"SELECT id, COUNT(*) AS n FROM pairs GROUP BY id"
			);
			expect(rows.filter(({ n }) => n !== 2)).toEqual([]);
			const there = new Set(rows.map(({ id }) => id));
			expect(committed.length).toBeGreaterThanOrEqual(30);
			expect(committed.filter((id) => !there.has(id))).toEqual([]);
			if (hang) expect(there.has(30)).toBe(false);
			// The file or the tables are whole and free for the next start.
			await after.transaction((tx) => tx.execute("INSERT INTO pairs VALUES (30, 9)"));
			await after.close();
			await close();
		});
	});
}
