/** Many at once on the ledger: the last coin, one intent, one hold, first uses, two nodes. */
import { describe, expect, it } from "vitest";
import { openSql, type Sql, type Transaction } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import { expireHolds } from "../../services/wallets/wallets.holds.ts";
import { keyOf } from "../../services/wallets/wallets.rules.ts";
import {
	type Account,
	hold,
	postHold,
	postTransfers,
	type TransferRequest,
	voidHold
} from "../../services/wallets/wallets.tx.ts";
import { verifyLedger } from "../../services/wallets/wallets.verify.ts";
import { sqlBackends } from "../harness/backends.ts";

const coins = (userId: string) => ({ userId, kind: "coins" }) as const;
const platform = { system: "platform", currency: "COIN" } as const;

const move = (intent: string, from: Account, to: Account, amount = 1): TransferRequest => ({
	...{ intent, kind: "gift", reference: intent },
	legs: [
		{ account: from, amount: -amount },
		{ account: to, amount }
	]
});

const count = 64;
const many = <T>(make: (index: number) => Promise<T>): Promise<T[]> =>
	Promise.all(Array.from({ length: count }, (_, index) => make(index)));

const tally = (words: readonly string[]): Record<string, number> =>
	Object.fromEntries(
		[...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length])
	);

describe.each(sqlBackends)("the ledger under a crowd on $name", (backend) => {
	/** Two connections pools, as two nodes have them; on SQLite there is one process, so one. */
	async function withNodes(work: (first: Sql, second: Sql) => Promise<void>): Promise<void> {
		const { env, close } = await backend.open();
		await migrate(env, { services: ["wallets"] });
		const first = openSql(env);
		const second = backend.name === "sqlite" ? first : openSql(env);
		try {
			await work(first, second);
			expect((await verifyLedger(first)).faults).toEqual([]);
		} finally {
			await first.close();
			if (second !== first) await second.close();
			await close();
		}
	}

	async function post(sql: Sql, request: TransferRequest): Promise<string> {
		const [verdict] = await sql.transaction((tx) => postTransfers(tx, [request]));
		return verdict?.outcome ?? "none";
	}

	const balanceOf = async (sql: Sql, account: Account) => {
		const [row] = await sql.query<{ balance: number; held: number }>(
			"SELECT balance, held FROM wallets_accounts WHERE id = ?",
			[keyOf(account).id]
		);
		return row;
	};

	it.skipIf(!backend.available)("lets one of 64 have the last coin", async () => {
		await withNodes(async (first, second) => {
			await post(first, move("beginning", platform, coins("1001")));
			const outcomes = await many((index) =>
				post(index % 2 ? first : second, move(`gift:${index}`, coins("1001"), coins("1002")))
			);
			expect(tally(outcomes)).toEqual({ posted: 1, insufficient: count - 1 });
			expect(await balanceOf(first, coins("1001"))).toEqual({ balance: 0, held: 0 });
			expect(await balanceOf(first, coins("1002"))).toEqual({ balance: 1, held: 0 });
		});
	});

	it.skipIf(!backend.available)("posts an intent once that comes 64 times at once", async () => {
		await withNodes(async (first, second) => {
			const outcomes = await many((index) =>
				post(index % 2 ? first : second, move("gift:1", platform, coins("1001"), 5))
			);
			expect(tally(outcomes)).toEqual({ posted: 1, repeated: count - 1 });
			expect(await balanceOf(first, coins("1001"))).toEqual({ balance: 5, held: 0 });
		});
	});

	it.skipIf(!backend.available)("posts one of 64 that share an intent and no account", async () => {
		await withNodes(async (first, second) => {
			const outcomes = await many((index) => {
				const worlds = { system: "world", currency: "COIN" } as const;
				const from = { ...worlds, currency: `C${"ABCDEFGH"[index % 8]}${"ABCDEFGH"[index >> 3]}` };
				const request = move("gift:1", from, { ...from, system: "platform" });
				return post(index % 2 ? first : second, request);
			});
			expect(tally(outcomes)).toEqual({ posted: 1, conflict: count - 1 });
		});
	});

	it.skipIf(!backend.available)("resolves a hold once, whoever comes first", async () => {
		await withNodes(async (first, second) => {
			await post(first, move("beginning", platform, coins("1001"), 10));
			const expiresAt = new Date(Date.now() + 60_000);
			const held = await first.transaction((tx) =>
				hold(tx, {
					...{ intent: "order:1", kind: "order", reference: "1" },
					...{ account: coins("1001"), amount: 6, expiresAt }
				})
			);
			expect(held).toMatchObject({ outcome: "held" });
			const holdId = "holdId" in held ? held.holdId : "";
			expect(await balanceOf(first, coins("1001"))).toEqual({ balance: 10, held: 6 });
			expect(await post(first, move("gift:1", coins("1001"), platform, 5))).toBe("insufficient");
			const outcomes = await many(async (index) => {
				const sql = index % 2 ? first : second;
				const transfer = move(`order:${index}`, coins("1001"), platform, 4);
				if (index % 8 === 5) {
					await expireHolds(sql, { now: new Date(expiresAt.getTime() + 1), countMax: 10 });
					return "expiry";
				}
				const work = (tx: Transaction): Promise<{ outcome: string }> =>
					index % 3 === 0 ? voidHold(tx, holdId) : postHold(tx, { holdId, transfer });
				return (await sql.transaction(work)).outcome;
			});
			const { posted = 0, voided = 0, resolved = 0, expiry = 0 } = tally(outcomes);
			expect(expiry).toBe(8);
			const [row] = await first.query<{ state: string }>("SELECT state FROM wallets_holds");
			const winners = { posted: posted === 1, void: voided === 1, expired: resolved === 56 };
			expect(Object.entries(winners).filter(([, won]) => won)).toEqual([[row?.state, true]]);
			const balance = row?.state === "posted" ? 6 : 10;
			expect(await balanceOf(first, coins("1001"))).toEqual({ balance, held: 0 });
		});
	});

	it.skipIf(!backend.available)("opens accounts and moves coins without deadlocks", async () => {
		await withNodes(async (first, second) => {
			const transactions = 240;
			const conflicts: unknown[] = [];
			const users = Array.from({ length: 40 }, (_, index) => coins(String(1_001 + index)));
			const pick = (number: number) => users[number % users.length] as Account;
			await Promise.all(
				Array.from({ length: transactions }, (_, index) =>
					(index % 2 ? first : second).transaction((tx) => {
						// Unsorted and overlapping, with users whom nobody has paid before.
						const posted = postTransfers(tx, [
							move(`grant:${index}`, platform, pick(index * 7), 3),
							move(`gift:a:${index}`, pick(index * 7), pick(index * 7 + 1 + (index % 30))),
							move(`gift:b:${index}`, pick(index * 13), pick(index * 13 + 39))
						]);
						return posted.catch((error) => {
							conflicts.push(error);
							throw error;
						});
					})
				)
			);
			// A busy machine may make somebody wait for a lock too long; a deadlock has no excuse.
			const deadlocks = conflicts.filter((error) => (error as { errno?: number }).errno === 1213);
			expect(deadlocks).toEqual([]);
			const [row] = await first.query<{ transfers: number }>(
				"SELECT COUNT(*) AS transfers FROM wallets_transfers WHERE intent LIKE 'grant:%'"
			);
			expect(row?.transfers).toBe(transactions);
		});
	});

	it.skipIf(!backend.available)("never lets the database hold less than nothing", async () => {
		const { env, close } = await backend.open();
		await migrate(env, { services: ["wallets"] });
		const sql = openSql(env);
		await post(sql, move("beginning", platform, coins("1001"), 5));
		const { id } = keyOf(coins("1001"));
		for (const change of ["balance = -1", "held = 6", "held = -1"]) {
			const written = sql.execute(`UPDATE wallets_accounts SET ${change} WHERE id = ?`, [id]);
			await expect(written).rejects.toThrow(/constraint/i);
		}
		await sql.close();
		await close();
	});
});
