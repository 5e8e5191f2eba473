/** The sqlite3 API that Sequelize uses, and the queue for the one connection behind it. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Database, sqliteDriver } from "./sqlite-driver.ts";

let folder: string;
let open: Database[];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "live-commerce-driver-"));
	open = [];
});
afterEach(() => {
	for (const database of open) database.close();
	rmSync(folder, { recursive: true, force: true });
});

function connect(name = "test.sqlite"): Database {
	const database = new Database(join(folder, name));
	open.push(database);
	return database;
}

/** One call of the callback API as a promise, with `this` of the callback. */
const call = (database: Database, method: "run" | "all", sql: string, parameters: unknown = []) =>
	new Promise<{ rows: unknown; lastID: number; changes: number }>((resolve, reject) => {
		database[method](sql, parameters as never, function (error, rows?: unknown) {
			if (error) reject(error);
			else resolve({ rows, lastID: this.lastID, changes: this.changes });
		});
	});

test("run tells the id and the count, all gives rows, exec runs a script", async () => {
	const database = connect();
	const script = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('x')";
	await new Promise<void>((resolve, reject) => {
		database.exec(script, (error) => (error ? reject(error) : resolve()));
	});
	const insert = await call(database, "run", "INSERT INTO t (a) VALUES ($1), ($2)", {
		$1: "y",
		$2: null
	});
	expect(insert).toMatchObject({ lastID: 3, changes: 2 });
	const { rows } = await call(database, "all", "SELECT * FROM t WHERE id >= ? ORDER BY id", [2]);
	expect(rows).toEqual([
		{ id: 2, a: "y" },
		{ id: 3, a: null }
	]);
	expect((await call(database, "run", "UPDATE t SET a = 'z' WHERE id > 99")).changes).toBe(0);
	let inOrder = false;
	database.serialize(() => {
		inOrder = true;
	});
	expect(inOrder).toBe(true);
	expect(sqliteDriver).toMatchObject({ OPEN_READONLY: 1, OPEN_READWRITE: 2, OPEN_CREATE: 4 });
});

test("errors have the codes of sqlite3 and never a value", async () => {
	const database = connect();
	await call(database, "run", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE)");
	await call(database, "run", "INSERT INTO t VALUES (1, ?)", ["secret"]);
	const twice = call(database, "run", "INSERT INTO t VALUES (2, ?)", ["secret"]);
	await expect(twice).rejects.toMatchObject({
		code: "SQLITE_CONSTRAINT",
		message: "SQLITE_CONSTRAINT: UNIQUE constraint failed: t.a",
		sql: "INSERT INTO t VALUES (2, ?)"
	});
	await expect(call(database, "all", "SELEC")).rejects.toMatchObject({ code: "SQLITE_ERROR" });
});

test("the file is opened once, safe against power loss, and closed by the last", async () => {
	const [first, second] = [connect(), connect()];
	const pragma = async (name: string) => (await first.execute(`PRAGMA ${name}`, [])).rows[0];
	expect(await pragma("journal_mode")).toEqual({ journal_mode: "wal" });
	expect(await pragma("synchronous")).toEqual({ synchronous: 2 });
	expect(await pragma("foreign_keys")).toEqual({ foreign_keys: 1 });
	await first.execute("CREATE TABLE t (id INTEGER)", []);
	// Only a real connection keeps the write-ahead log; its last one takes it away.
	const log = join(folder, "test.sqlite-wal");
	expect(existsSync(log)).toBe(true);
	first.close();
	first.close();
	expect((await second.execute("SELECT * FROM t", [])).rows).toEqual([]);
	await expect(first.execute("SELECT * FROM t", [])).rejects.toThrow("closed");
	expect(existsSync(log)).toBe(true);
	second.close();
	expect(existsSync(log)).toBe(false);
});

test("a user that closes inside its transaction undoes it and lets the others in", async () => {
	const [holder, other] = [connect(), connect()];
	await other.execute("CREATE TABLE t (id INTEGER)", []);
	await holder.execute("BEGIN IMMEDIATE", []);
	expect([holder.inTransaction, other.inTransaction]).toEqual([true, false]);
	await holder.execute("INSERT INTO t VALUES (1)", []);
	const waiting = other.execute("SELECT * FROM t", []);
	holder.close();
	expect((await waiting).rows).toEqual([]);
});

test("transactions and single statements of many users run in the order they came", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({ transaction: fc.boolean(), commit: fc.boolean() }), {
				minLength: 1,
				maxLength: 30
			}),
			async (steps) => {
				const first = connect(`${Math.random()}.sqlite`);
				await first.execute("CREATE TABLE log (step INTEGER, part INTEGER)", []);
				const part = (database: Database, step: number, n: number) =>
					database.execute("INSERT INTO log VALUES (?, ?)", [step, n]);
				await Promise.all(
					steps.map(async ({ transaction, commit }, step) => {
						const database = connect(first.filename.slice(folder.length + 1));
						if (!transaction) return part(database, step, 0);
						await database.execute("BEGIN IMMEDIATE", []);
						await part(database, step, 0);
						await new Promise(setImmediate);
						await part(database, step, 1);
						return database.execute(commit ? "COMMIT" : "ROLLBACK", []);
					})
				);
				const { rows } = await first.execute("SELECT * FROM log ORDER BY rowid", []);
				const expected = steps.flatMap(({ transaction, commit }, step) => {
					if (!transaction) return [{ step, part: 0 }];
					return commit ? [0, 1].map((n) => ({ step, part: n })) : [];
				});
				expect(rows).toEqual(expected);
				for (const database of open.splice(0)) database.close();
			}
		),
		{ numRuns: 20 }
	);
});
