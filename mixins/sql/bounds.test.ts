/** What ends when it takes too long or too much: with bounds small enough to meet. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { openSql, type Sql } from "./index.ts";

vi.mock("../../config/limits.ts", async (original) => {
	const { limits } = await original<typeof import("../../config/limits.ts")>();
	return {
		limits: {
			...limits,
			sqlConnectionsMax: 3,
			sqlAcquireMillisecondsMax: 300,
			sqlStatementMillisecondsMax: 3_000,
			sqlLockWaitSecondsMax: 1,
			sqlTransactionMillisecondsMax: 1_500,
			sqlTransactionAttemptsMax: 3,
			sqliteWaitingStatementsMax: 5,
			sqlitePreparedStatementsMax: 2
		}
	};
});

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`bounds on ${backend.name}`, () => {
		let opened: Opened;
		let sql: Sql;

		beforeEach(async () => {
			opened = await backend.open();
			sql = openSql(opened.env);
			await sql.execute("CREATE TABLE accounts (id BIGINT NOT NULL PRIMARY KEY, balance BIGINT)");
			await sql.execute("INSERT INTO accounts VALUES (1, 0)");
		});
		afterEach(async () => {
			await sql?.close();
			await opened?.close();
		});
		const balance = async () => (await sql.query("SELECT balance FROM accounts"))[0]?.balance;

		test("a transaction that hangs is undone and holds nobody up", async () => {
			const late = Promise.withResolvers<void>();
			let inside: Promise<unknown> | undefined;
			const hung = sql.transaction(async (tx) => {
				await tx.execute("UPDATE accounts SET balance = 5");
				inside = late.promise.then(() => tx.execute("UPDATE accounts SET balance = 6"));
				await inside;
			});
			await expect(hung).rejects.toMatchObject({ type: "TRANSACTION_TOO_LONG" });
			expect(await balance()).toBe(0);
			late.resolve();
			await expect(inside).rejects.toMatchObject({ type: "TRANSACTION_FINISHED" });
			await sql.transaction((tx) => tx.execute("UPDATE accounts SET balance = balance + 1"));
			expect(await balance()).toBe(1);
		});

		test("who waits too long for a lock is told BUSY, after trying again", async () => {
			const done = Promise.withResolvers<void>();
			let attempts = 0;
			const change = "UPDATE accounts SET balance = balance + 1";
			const started = Promise.withResolvers<void>();
			const slow = sql.transaction(async (tx) => {
				await tx.execute(change);
				started.resolve();
				await done.promise;
			});
			await started.promise;
			const waiting = sql.transaction(async (tx) => {
				attempts += 1;
				await tx.execute(change);
			});
			// The holder is undone at 1.5 s, or the one who waits gives up: never both for ever.
			const [first, second] = await Promise.allSettled([slow, waiting]);
			expect(first).toMatchObject({ reason: { type: "TRANSACTION_TOO_LONG" } });
			const kept = second.status === "fulfilled" ? 1 : 0;
			if (kept === 0) expect(second).toMatchObject({ reason: { type: "BUSY" } });
			expect(await balance()).toBe(kept);
			expect(attempts).toBeGreaterThan(0);
			done.resolve();
		});

		test("more than the pool or the queue holds: BUSY, and afterwards all is well", async () => {
			const held = Promise.withResolvers<void>();
			const done = Promise.withResolvers<void>();
			const holders = Array.from({ length: 3 }, () =>
				sql.transaction(async (tx) => {
					await tx.query("SELECT 1");
					held.resolve();
					await done.promise;
				})
			);
			await held.promise;
			const more = Promise.allSettled(
				Array.from({ length: 20 }, () => sql.query("SELECT 1 AS one"))
			);
			// The pool refuses after a while; the queue of the file refuses at once what is too much.
			if (backend.name === "mariadb") await more;
			done.resolve();
			const results = await more;
			await Promise.allSettled(holders);
			const reasons = results.flatMap((result) =>
				result.status === "rejected" ? [result.reason.type] : []
			);
			expect(reasons.length).toBeGreaterThan(0);
			expect(new Set(reasons)).toEqual(new Set(["BUSY"]));
			expect(await balance()).toBe(0);
		});

		test("the least statements are kept and each still answers rightly", async () => {
			for (let round = 0; round < 3; round += 1) {
				for (let n = 0; n < 4; n += 1) {
					expect(await sql.query(`SELECT ${n} AS n`)).toEqual([{ n }]);
				}
			}
			await sql.execute("ALTER TABLE accounts ADD COLUMN note VARCHAR(10)");
			expect(await sql.query("SELECT * FROM accounts")).toEqual([
				{ id: 1, balance: 0, note: null }
			]);
		});
	});
}
