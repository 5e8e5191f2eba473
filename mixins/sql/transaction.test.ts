/** Transactions: exact under concurrency, all or nothing, and nothing slips past them. */
import type { ServiceBroker } from "moleculer";
import { DataTypes } from "sequelize";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { lockInOrder, openSql, type Sql, type Transaction, tableOptions } from "./index.ts";

const broker = { logger: { error: vi.fn() } };

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`transactions on ${backend.name}`, () => {
		let opened: Opened;
		let sql: Sql;

		beforeAll(async () => {
			opened = await backend.open();
			sql = openSql(opened.env, broker as unknown as ServiceBroker);
			await sql.execute(
				`CREATE TABLE accounts (
					id BIGINT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL
				) ${tableOptions(sql)}`
			);
		});
		beforeEach(async () => {
			await sql.execute("DELETE FROM accounts");
			await sql.execute("INSERT INTO accounts VALUES (1, 0), (2, 0), (3, 0), (10, 0)");
		});
		afterAll(async () => {
			await sql?.close();
			await opened?.close();
		});

		const add = (tx: Transaction, id: number, amount: number) =>
			tx.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", [amount, id]);
		const balances = async () =>
			Object.fromEntries(
				(await sql.query<{ id: number; balance: number }>("SELECT * FROM accounts")).map(
					({ id, balance }) => [id, balance]
				)
			);

		test("200 concurrent read-modify-write transactions are exact", async () => {
			const bump = async (tx: Transaction) => {
				const text = `SELECT balance FROM accounts WHERE id = 1 ${tx.forUpdate}`;
				const [row] = await tx.query<{ balance: number }>(text);
				await new Promise(setImmediate);
				await tx.execute("UPDATE accounts SET balance = ? WHERE id = 1", [(row?.balance ?? 0) + 1]);
			};
			await Promise.all(Array.from({ length: 200 }, () => sql.transaction(bump)));
			expect((await balances())[1]).toBe(200);
		});

		test("gives back what work returned; a throw undoes everything", async () => {
			expect(await sql.transaction(async (tx) => (await add(tx, 1, 5)).affectedRows)).toBe(1);
			const failing = sql.transaction(async (tx) => {
				await add(tx, 1, 7);
				await add(tx, 2, 7);
				throw new Error("changed my mind");
			});
			await expect(failing).rejects.toThrow("changed my mind");
			expect(await balances()).toMatchObject({ 1: 5, 2: 0 });
		});

		test("a statement that fails and is caught does not end the transaction", async () => {
			await sql.transaction(async (tx) => {
				await add(tx, 1, 5);
				await tx.execute("INSERT INTO accounts VALUES (1, 0)").catch(() => undefined);
				await add(tx, 2, 5);
			});
			expect(await balances()).toMatchObject({ 1: 5, 2: 5 });
		});

		test("others do not see it before the commit", async () => {
			let outside: Promise<unknown> | undefined;
			const read = Promise.withResolvers<void>();
			const started = read.promise.then(() => {
				outside = balances();
			});
			await sql.transaction(async (tx) => {
				await add(tx, 1, 5);
				read.resolve();
				await started;
				// On MySQL the reader answers now, with the old balance; on SQLite it waits its turn.
				if (backend.name === "mariadb") expect(await outside).toMatchObject({ 1: 0 });
				await add(tx, 1, 5);
			});
			expect(await outside).toMatchObject({ 1: backend.name === "mariadb" ? 0 : 10 });
		});

		test("afterCommit runs once per key, after the commit, outside the transaction", async () => {
			const seen: unknown[] = [];
			const later = Promise.withResolvers<unknown>();
			await sql.transaction(async (tx) => {
				tx.afterCommit("wake", () => seen.push("first"));
				tx.afterCommit("wake", (given) => seen.push(given));
				tx.afterCommit("read", () => balances().then(later.resolve, later.reject));
				await add(tx, 1, 5);
				expect(seen).toEqual([]);
			});
			expect(seen).toEqual([broker]);
			expect(await later.promise).toMatchObject({ 1: 5 });
		});

		test("afterCommit does not run after a rollback, and its failure harms nobody", async () => {
			const run = vi.fn();
			const undone = sql.transaction(async (tx) => {
				tx.afterCommit("wake", run);
				throw new Error("undone");
			});
			await expect(undone).rejects.toThrow("undone");
			expect(run).not.toHaveBeenCalled();
			const fails = () => {
				throw new Error("no relay");
			};
			await sql.transaction(async (tx) => {
				tx.afterCommit("wake", fails);
				await add(tx, 1, 1);
			});
			expect((await balances())[1]).toBe(1);
			expect(broker.logger.error).toHaveBeenCalled();
		});

		test("a query that forgot its transaction throws instead of waiting for itself", async () => {
			const Account = sql.sequelize.define(
				"account",
				{ id: { type: DataTypes.BIGINT, primaryKey: true }, balance: DataTypes.BIGINT },
				{ tableName: "accounts", timestamps: false }
			);
			const forgetful: Record<string, () => Promise<unknown>> = {
				query: () => sql.query("SELECT 1"),
				execute: () => sql.execute("DELETE FROM accounts"),
				replica: () => sql.replica.query("SELECT 1"),
				sequelize: () => sql.sequelize.query("SELECT 1"),
				model: () => Account.create({ id: "99", balance: "0" }),
				"another transaction": () => sql.sequelize.transaction(async () => undefined)
			};
			await sql.transaction(async (tx) => {
				for (const [name, run] of Object.entries(forgetful)) {
					await expect(run(), name).rejects.toMatchObject({ type: "QUERY_OUTSIDE_TRANSACTION" });
				}
				const nested = sql.transaction(async () => undefined);
				await expect(nested).rejects.toMatchObject({ type: "NESTED_TRANSACTION" });
				await Account.create({ id: "98", balance: "0" }, { transaction: tx.handle });
			});
			expect(Object.keys(await balances())).toEqual(["1", "2", "3", "10", "98"]);
		});

		test("a model joins through the handle and is undone with the rest", async () => {
			const undone = sql.transaction(async (tx) => {
				const insert = "INSERT INTO accounts VALUES (97, 0)";
				await sql.sequelize.query(insert, { transaction: tx.handle });
				expect(await tx.query("SELECT id FROM accounts WHERE id = 97")).toHaveLength(1);
				throw new Error("undone");
			});
			await expect(undone).rejects.toThrow("undone");
			expect(Object.keys(await balances())).not.toContain("97");
		});

		test("what outlives the transaction cannot use it, but can use the database", async () => {
			const over = Promise.withResolvers<void>();
			let late: Promise<unknown> | undefined;
			let kept: Transaction | undefined;
			await sql.transaction(async (tx) => {
				kept = tx;
				late = over.promise.then(() => balances());
				await add(tx, 1, 5);
			});
			over.resolve();
			expect(await late).toMatchObject({ 1: 5 });
			await expect(kept?.query("SELECT 1")).rejects.toMatchObject({ type: "TRANSACTION_FINISHED" });
			const handle = kept?.handle as NonNullable<typeof kept>["handle"];
			const join = sql.sequelize.query("DELETE FROM accounts", { transaction: handle });
			await expect(join).rejects.toThrow("you can no longer use it");
			expect((await balances())[1]).toBe(5);
		});

		test("lockInOrder gives rows by number, skips absent ones, and never deadlocks", async () => {
			const rows = await sql.transaction((tx) =>
				lockInOrder<{ id: number }>(tx, "accounts", ["10", "2", "77", "2"])
			);
			expect(rows.map(({ id }) => id)).toEqual([2, 10]);
			expect(await sql.transaction((tx) => lockInOrder(tx, "accounts", []))).toEqual([]);
			let attempts = 0;
			const transfer = (from: string, to: string) =>
				sql.transaction(async (tx) => {
					attempts += 1;
					await lockInOrder(tx, "accounts", [from, to]);
					await add(tx, Number(from), -1);
					await add(tx, Number(to), 1);
				});
			const pairs = ["1 10", "10 1", "2 10", "10 2", "1 2"].map((pair) => pair.split(" "));
			const transfers = Array.from({ length: 12 }, () => pairs).flat();
			await Promise.all(transfers.map(([from = "", to = ""]) => transfer(from, to)));
			expect(attempts).toBe(60);
			expect(await balances()).toMatchObject({ 1: -12, 2: 12, 10: 0 });
		});

		test.each([["accounts; DROP TABLE accounts"], ["Accounts"], [""]])(
			"lockInOrder refuses the table name %j",
			async (table) => {
				const attempt = sql.transaction((tx) => lockInOrder(tx, table, ["1"]));
				await expect(attempt).rejects.toThrow(TypeError);
			}
		);
	});
}
