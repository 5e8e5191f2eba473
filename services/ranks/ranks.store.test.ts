import * as fc from "fast-check";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { byPlace, type Total } from "./ranks.rules.ts";
import { memoryRankStore } from "./ranks.store.memory.ts";
import { redisRankStore } from "./ranks.store.redis.ts";
import type { RankBounds } from "./ranks.store.ts";

const bounds: RankBounds = { keptMax: 5, freshMs: 60_000 };
const sum = (userId: number, coins: number, reachedAt = 1_790_000_000_000): Total => ({
	userId: String(userId),
	coins,
	reachedAt
});

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`rankings on ${backend.name}`, () => {
		async function open(changes: Partial<RankBounds> = {}) {
			const { env, close } = await backend.open();
			const client = env.redisUrl === undefined ? undefined : new Redis(env.redisUrl);
			onTestFinished(async () => {
				client?.disconnect();
				await close();
			});
			const all = { ...bounds, ...changes };
			return { client, store: client ? redisRankStore(client, all) : memoryRankStore(all) };
		}

		test("an unknown ranking is not held, an empty one is", async () => {
			const { store } = await open();
			await store.put("a", [sum(1, 5)]);
			expect(await store.top("a", 3)).toBeUndefined();
			await store.load("a", []);
			expect(await store.top("a", 3)).toEqual([]);
			expect(await store.top("b", 3)).toBeUndefined();
		});

		test("sums only grow, in whatever order they come", async () => {
			const { store } = await open();
			await store.load("a", [sum(1, 5), sum(2, 7)]);
			await store.put("a", [sum(1, 9, 1_790_000_000_005)]);
			await store.put("a", [sum(1, 8)]);
			await store.load("a", [sum(1, 6), sum(3, 1)]);
			const places = [sum(1, 9, 1_790_000_000_005), sum(2, 7), sum(3, 1)];
			expect(await store.top("a", 10)).toEqual(places);
			expect(await store.top("a", 2)).toEqual(places.slice(0, 2));
		});

		test("of equal sums the one that was reached first stands first", async () => {
			const { store } = await open();
			await store.load("a", [sum(1, 5, 300), sum(2, 5, 200), sum(10, 5, 200), sum(3, 9, 900)]);
			const users = async () => (await store.top("a", 9))?.map(({ userId }) => userId);
			expect(await users()).toEqual(["3", "2", "10", "1"]);
			await store.put("a", [sum(2, 9, 800)]);
			expect(await users()).toEqual(["2", "3", "10", "1"]);
		});

		test("keeps only the highest, and lets those below back in when they give more", async () => {
			const { store } = await open({ keptMax: 2 });
			await store.load("a", [sum(1, 5), sum(2, 7), sum(3, 6)]);
			expect(await store.top("a", 9)).toEqual([sum(2, 7), sum(3, 6)]);
			await store.put("a", [sum(1, 8)]);
			expect(await store.top("a", 9)).toEqual([sum(1, 8), sum(2, 7)]);
			await store.put("a", [sum(4, 1)]);
			expect(await store.top("a", 9)).toEqual([sum(1, 8), sum(2, 7)]);
		});

		test("is not held for longer than it may be, however often it changes", async () => {
			const { store } = await open({ freshMs: 60 });
			await store.load("a", [sum(1, 5)]);
			let coins = 5;
			await until(async () => {
				await store.put("a", [sum(1, ++coins)]);
				return (await store.top("a", 1)) === undefined;
			});
		});

		test("shows what sorting all highest sums would show", async () => {
			const { store } = await open();
			let number = 0;
			const totals = fc.array(
				fc
					.record({
						user: fc.integer({ min: 1, max: 8 }),
						coins: fc.integer({ min: 1, max: 20 })
					})
					// A sum has one moment; two moments of one sum cannot be.
					.map(({ user, coins }) => sum(user, coins, 1_000 + user * 100 - coins)),
				{ maxLength: 30 }
			);
			await fc.assert(
				fc.asyncProperty(totals, async (all) => {
					const board = `p${++number}`;
					await store.load(board, []);
					for (const total of all) await store.put(board, [total]);
					const highest = new Map<string, Total>();
					for (const total of all) {
						if (total.coins > (highest.get(total.userId)?.coins ?? 0)) {
							highest.set(total.userId, total);
						}
					}
					const expected = [...highest.values()].sort(byPlace).slice(0, bounds.keptMax);
					expect(await store.top(board, 10)).toEqual(expected);
				}),
				{ numRuns: 50 }
			);
		});

		test("half of a ranking is none", async () => {
			const { store, client } = await open();
			if (!client) return;
			for (const key of ["ranks:{a}", "ranks:{a}:members"]) {
				await store.load("a", [sum(1, 5)]);
				await client.del(key);
				expect(await store.top("a", 9)).toBeUndefined();
				await store.put("a", [sum(1, 6)]);
				expect(await client.exists("ranks:{a}", "ranks:{a}:members")).toBe(0);
			}
		});
	});
}
