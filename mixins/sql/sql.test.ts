/** Values on their way into the database and back: the same on both dialects. */
import fc from "fast-check";
import { DataTypes } from "sequelize";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { isUniqueViolation, openSql, placeholders, type Sql, tableOptions } from "./index.ts";
import type { SqlValue } from "./values.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`sql on ${backend.name}`, () => {
		let opened: Opened;
		let sql: Sql;

		beforeAll(async () => {
			opened = await backend.open();
			sql = openSql(opened.env);
			await sql.execute(
				`CREATE TABLE things (
					id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(500), amount BIGINT, ratio DOUBLE,
					due_at DATETIME(3), bytes VARBINARY(64), flag INTEGER,
					CONSTRAINT things_named UNIQUE (name), CONSTRAINT things_pair UNIQUE (amount, flag)
				) ${tableOptions(sql)}`
			);
		});
		beforeEach(() => sql.execute("DELETE FROM things"));
		afterAll(async () => {
			await sql?.close();
			await opened?.close();
		});

		const put = (column: string, value: SqlValue, id: SqlValue = 1) =>
			sql.execute(`INSERT INTO things (id, ${column}) VALUES (?, ?)`, [id, value]);
		const get = async (column: string) =>
			(await sql.query(`SELECT ${column} AS value FROM things`))[0]?.value;
		const count = async () => (await sql.query("SELECT COUNT(*) AS n FROM things"))[0]?.n;

		test.each<[string, SqlValue, unknown]>([
			["amount", 0, 0],
			["amount", -1, -1],
			["amount", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
			["amount", 9_007_199_254_740_993n, "9007199254740993"],
			["amount", -9_007_199_254_740_993n, "-9007199254740993"],
			["amount", 9_223_372_036_854_775_807n, "9223372036854775807"],
			["amount", "42", 42],
			["amount", null, null],
			["flag", true, 1],
			["flag", false, 0],
			["ratio", 1.5, 1.5],
			["name", 5, "5"],
			["name", "", ""],
			["bytes", Buffer.from([0, 39, 92, 255]), Buffer.from([0, 39, 92, 255])],
			["due_at", new Date("2026-11-21T23:59:59.999Z"), new Date("2026-11-21T23:59:59.999Z")],
			["due_at", new Date("1969-12-31T23:59:59.001Z"), new Date("1969-12-31T23:59:59.001Z")]
		])("%s keeps %s", async (column, value, expected) => {
			await put(column, value);
			expect(await get(column)).toEqual(expected);
		});

		test("any text comes back as it went in, and is found by it", async () => {
			const texts = fc.oneof(
				fc.string({ unit: "binary", maxLength: 100 }),
				fc.constantFrom("'", "\\", "\\'", "' OR 1=1 -- ", "\0", "?", "🎁 '\" \n\r\t\x1a", "%_")
			);
			await fc.assert(
				fc.asyncProperty(texts, async (text) => {
					await sql.execute("DELETE FROM things");
					await put("name", text);
					const rows = await sql.query("SELECT name FROM things WHERE name = ?", [text]);
					expect(rows).toEqual([{ name: text }]);
				}),
				{ numRuns: 100 }
			);
		});

		test("moments compare in the order of time", async () => {
			const moments = fc.date({
				min: new Date("1970-01-01T00:00:00.000Z"),
				max: new Date("2100-01-01T00:00:00.000Z"),
				noInvalidDate: true
			});
			await fc.assert(
				fc.asyncProperty(moments, moments, async (due, now) => {
					await sql.execute("DELETE FROM things");
					await put("due_at", due);
					const rows = await sql.query("SELECT id FROM things WHERE due_at <= ?", [now]);
					expect(rows.length).toBe(due <= now ? 1 : 0);
				}),
				{ numRuns: 50 }
			);
			await sql.execute("DELETE FROM things");
			const due = new Date("2026-11-21T09:00:00.000Z");
			await put("due_at", due);
			for (const [now, rows] of [
				[due.getTime() - 1, 0],
				[due.getTime(), 1]
			] as const) {
				const found = await sql.query("SELECT id FROM things WHERE due_at <= ?", [new Date(now)]);
				expect(found.length).toBe(rows);
			}
		});

		test.each<[string, unknown]>([
			["an object", { amount: 1 }],
			["an object that writes its own SQL", { toSqlString: () => "1 OR 1=1" }],
			["an array", [1, 2]],
			["a nested array", [[1]]],
			["undefined", undefined],
			["a function", () => 1],
			["a symbol", Symbol("1")],
			["a boxed text", new String("1")],
			["bytes that are no Buffer", new Uint8Array(1)],
			["NaN", Number.NaN],
			["Infinity", Number.POSITIVE_INFINITY],
			["a number that lost digits", 2 ** 53],
			["a bigint of 65 bits", 2n ** 63n],
			["an invalid date", new Date(Number.NaN)],
			["a date beyond DATETIME", new Date(8.64e15)]
		])("refuses %s before the database sees it", async (_name, hostile) => {
			await put("amount", 1);
			const values = [hostile as SqlValue];
			await expect(sql.query("SELECT id FROM things WHERE id = ?", values)).rejects.toThrow(
				TypeError
			);
			await expect(sql.execute("DELETE FROM things WHERE id = ?", values)).rejects.toThrow(
				TypeError
			);
			const inside = sql.transaction((tx) => tx.execute("DELETE FROM things WHERE id = ?", values));
			await expect(inside).rejects.toThrow(TypeError);
			expect(await count()).toBe(1);
		});

		test("refuses too few or too many values, and two statements in one text", async () => {
			await put("amount", 1);
			const text = "DELETE FROM things WHERE id = ? AND amount = ?";
			await expect(sql.execute(text, [1])).rejects.toThrow(TypeError);
			await expect(sql.execute(text, [1, 1, 1])).rejects.toThrow(TypeError);
			await expect(sql.execute("DELETE FROM things; DELETE FROM things")).rejects.toThrow();
			expect(await count()).toBe(1);
		});

		test("counts the rows found, changed or not", async () => {
			const rows = [1, "a", 2, "b", 3, "c"];
			const insert = `INSERT INTO things (id, name) VALUES ${placeholders(3, 2)}`;
			expect(await sql.execute(insert, rows)).toEqual({ affectedRows: 3 });
			const update = (id: number) => sql.execute("UPDATE things SET name = 'a' WHERE id = ?", [id]);
			expect(await update(1)).toEqual({ affectedRows: 1 });
			expect(await update(9)).toEqual({ affectedRows: 0 });
			expect(await sql.query("SELECT SUM(id) AS total, COUNT(*) AS n FROM things")).toEqual([
				{ total: 6, n: 3 }
			]);
		});

		test("names the unique key that refused, and keeps the value out of the error", async () => {
			await sql.execute("INSERT INTO things (id, name, amount, flag) VALUES (1, 'taken', 5, 1)");
			const failure = async (...values: SqlValue[]): Promise<Error> =>
				sql.execute("INSERT INTO things (id, name, amount, flag) VALUES (?, ?, ?, ?)", values).then(
					() => new Error("it was taken"),
					(error: Error) => error
				);
			const primary = await failure(1, "other", 6, 1);
			const named = await failure(2, "taken", 6, 1);
			const pair = await failure(2, "other", 5, 1);
			const names = ["PRIMARY", "things_named", "named", "things_pair", "pair"];
			const hits = (error: Error) => names.filter((name) => isUniqueViolation(error, name));
			expect(hits(primary)).toEqual(["PRIMARY"]);
			expect(hits(named)).toContain("things_named");
			expect(hits(named)).not.toContain("things_pair");
			expect(hits(pair)).toContain("things_pair");
			expect([primary, named, pair].every((error) => isUniqueViolation(error))).toBe(true);
			expect(`${named.message} ${JSON.stringify(named)}`).not.toContain("taken");
			const syntax = await sql.query("SELEC 1").catch((error: unknown) => error);
			expect(isUniqueViolation(syntax)).toBe(false);
		});

		test("texts that differ in case or accents differ", async () => {
			await put("name", "a", 1);
			await put("name", "A", 2);
			await put("name", "ä", 3);
			expect(await sql.query("SELECT id FROM things WHERE name = ?", ["A"])).toEqual([{ id: 2 }]);
		});

		test("models of Sequelize and our SQL read what the other wrote", async () => {
			const Thing = sql.sequelize.define(
				"thing",
				{
					id: { type: DataTypes.BIGINT, primaryKey: true },
					name: DataTypes.STRING,
					due_at: DataTypes.DATE(3)
				},
				{ tableName: "things", timestamps: false }
			);
			const due = new Date("2026-11-21T09:00:00.123Z");
			await Thing.create({ id: "7", name: "by model", due_at: due });
			expect(await sql.query("SELECT name, due_at FROM things WHERE due_at <= ?", [due])).toEqual([
				{ name: "by model", due_at: due }
			]);
			await sql.execute("UPDATE things SET due_at = ? WHERE id = ?", [new Date(5), 7]);
			expect((await Thing.findByPk("7"))?.get("due_at")).toEqual(new Date(5));
			const twice = await Thing.create({ id: "8", name: "by model" }).catch((error) => error);
			expect(isUniqueViolation(twice, "things_named")).toBe(true);
			expect(isUniqueViolation(twice, "PRIMARY")).toBe(false);
		});

		test("ping answers", async () => {
			await sql.ping();
		});
	});
}
