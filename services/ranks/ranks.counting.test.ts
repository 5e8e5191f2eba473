import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { type Changed, giftCounting } from "./ranks.counting.ts";
import { readState, topOf, totalsOf } from "./ranks.model.ts";
import { rebuildRanks } from "./ranks.rebuild.ts";
import {
	byPlace,
	fanBoard,
	type GiftFact,
	sessionBoard,
	sumsOf,
	type Total
} from "./ranks.rules.ts";

const at = Date.parse("2026-11-21T12:00:00.000Z");
const fact = (recordId: number, changes: Partial<GiftFact> = {}): GiftFact => ({
	...{ recordId: String(recordId), roomId: "1", sessionId: "11", hostId: "21" },
	...{ userId: String(31 + (recordId % 3)), coins: recordId, at: at + recordId },
	...changes
});

/** What a fresh sum over all of them is. */
const expected = (facts: readonly GiftFact[], board: string): Total[] =>
	[...(sumsOf(facts).get(board)?.values() ?? [])].sort(byPlace);

describe.each(sqlBackends)("counting gifts on $name", (backend) => {
	const open = databasesOf(backend, ["ranks", "outbox"]);
	const session = sessionBoard("11");
	async function read(db: Sql, board = session): Promise<Total[]> {
		const { generation } = await readState(db);
		return topOf(db, { generation, board }, 100);
	}

	it.skipIf(!backend.available)("each gift counts once, however often it comes", async () => {
		const db = await open();
		const heard: Changed[] = [];
		const counting = giftCounting(db, (changed) => heard.push(...changed));
		const facts = Array.from({ length: 40 }, (_, index) => fact(index + 1));
		await Promise.all([...facts, ...facts, ...facts].map((one) => counting.submit(one)));
		await counting.stop();
		expect(await read(db)).toEqual(expected(facts, session));
		expect(await read(db, fanBoard("21"))).toEqual(expected(facts, fanBoard("21")));
		// The last that was told of each is what stands in SQL.
		const told = heard.filter(({ board }) => board === session).flatMap(({ totals }) => totals);
		const last = new Map(told.map((total) => [total.userId, total]));
		expect([...last.values()].sort(byPlace)).toEqual(await read(db));
	});

	it.skipIf(!backend.available)("two nodes that count at once lose nothing", async () => {
		const db = await open();
		const nodes = [giftCounting(db, () => {}), giftCounting(db, () => {})] as const;
		const facts = Array.from({ length: 60 }, (_, index) => fact(index + 1));
		const both = facts.flatMap((one) => nodes.map((node) => node.submit(one)));
		await Promise.all(both);
		await Promise.all(nodes.map((node) => node.stop()));
		expect(await read(db)).toEqual(expected(facts, session));
	});

	it.skipIf(!backend.available)("knows single users' sums", async () => {
		const db = await open();
		const counting = giftCounting(db, () => {});
		await counting.submit(fact(7));
		await counting.stop();
		const { generation } = await readState(db);
		const found = await totalsOf(db, { generation, board: fanBoard("21") }, ["32", "99"]);
		expect([...found.values()]).toEqual([{ userId: "32", coins: 7, reachedAt: at + 7 }]);
	});

	it.skipIf(!backend.available)(
		"a rebuild is exact while gifts go on, also those that it has passed already",
		async () => {
			const db = await open();
			const counting = giftCounting(db, () => {});
			const early = Array.from({ length: 30 }, (_, index) => fact(10 * (index + 1)));
			for (const one of early.slice(0, 20)) await counting.submit(one);
			// Ten are committed and not counted yet; some come in between, with ids of either side.
			const late = [fact(15), fact(155), fact(999)];
			const records = [...early];
			let steps = 0;
			// Sums that are wrong now are right afterwards.
			await db.execute("UPDATE ranks_totals SET coins = coins + 77 WHERE user_id = 31");
			const counted = await rebuildRanks(db, {
				rowsPerStep: 7,
				settleMs: 0,
				async read(afterId, limit) {
					const sorted = records.toSorted((a, b) => Number(a.recordId) - Number(b.recordId));
					const next = sorted.filter(({ recordId }) => Number(recordId) > Number(afterId));
					if (++steps === 3) {
						records.push(...late);
						for (const one of [...late, ...early.slice(15)]) await counting.submit(one);
					}
					return next.slice(0, limit);
				}
			});
			expect(steps).toBeGreaterThan(3);
			expect(counted).toBeGreaterThanOrEqual(early.length);
			await counting.stop();
			expect(await read(db)).toEqual(expected([...early, ...late], session));
			const { generation, building } = await readState(db);
			expect({ generation, building }).toEqual({ generation: 2, building: null });
			const generations = await db.query("SELECT DISTINCT generation FROM ranks_totals");
			expect(generations).toEqual([{ generation: 2 }]);
		}
	);

	it.skipIf(!backend.available)(
		"an interrupted rebuild leaves what is read alone, and the next one is exact",
		async () => {
			const db = await open();
			const counting = giftCounting(db, () => {});
			const facts = Array.from({ length: 12 }, (_, index) => fact(index + 1));
			for (const one of facts) await counting.submit(one);
			const from = (list: readonly GiftFact[]) => async (afterId: string, limit: number) =>
				list.filter(({ recordId }) => Number(recordId) > Number(afterId)).slice(0, limit);
			let reads = 0;
			const broken = rebuildRanks(db, {
				rowsPerStep: 5,
				async read(afterId, limit) {
					if (++reads === 2) throw new Error("killed");
					return from(facts)(afterId, limit);
				}
			});
			await expect(broken).rejects.toThrow("killed");
			expect(await read(db)).toEqual(expected(facts, session));
			await counting.submit(fact(13));
			await counting.stop();
			const all = [...facts, fact(13)];
			await rebuildRanks(db, { rowsPerStep: 5, settleMs: 0, read: from(all) });
			expect(await read(db)).toEqual(expected(all, session));
		}
	);

	it.skipIf(!backend.available)("of two rebuilds at once the later one is done", async () => {
		const db = await open();
		const facts = [fact(1), fact(2)];
		let inner: Promise<number> | undefined;
		const read = async (afterId: string) =>
			facts.filter(({ recordId }) => Number(recordId) > Number(afterId));
		const outer = rebuildRanks(db, {
			async read(afterId) {
				inner ??= rebuildRanks(db, { settleMs: 0, read });
				await inner;
				return read(afterId);
			}
		});
		await expect(outer).rejects.toThrow("Another rebuild");
		expect(await inner).toBe(2);
	});

	it.skipIf(!backend.available)("any mix of repeats and orders makes the same sums", async () => {
		const db = await open();
		let base = 10_000;
		const picks = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 });
		await fc.assert(
			fc.asyncProperty(picks, async (chosen) => {
				base += 100;
				const of = { sessionId: String(base), hostId: String(base) };
				const facts = chosen.map((number) => fact(base + number, { ...of, coins: number }));
				const counting = giftCounting(db, () => {});
				await Promise.all(facts.map((one) => counting.submit(one)));
				await counting.stop();
				const single = [...new Map(facts.map((one) => [one.recordId, one])).values()];
				const board = sessionBoard(of.sessionId);
				expect(await read(db, board)).toEqual(expected(single, board));
			}),
			{ numRuns: 15 }
		);
	});
});
