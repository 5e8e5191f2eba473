import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { type LikeBounds, memoryLikeStore, redisLikeStore } from "./rooms.likes.ts";

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`likes on ${backend.name}`, () => {
		/** Two nodes that share what there is to share; in one process, one store. */
		async function open(changes: Partial<LikeBounds> = {}) {
			const bounds = { idleMs: 60_000, totalMax: 1_000_000, ...changes };
			const { env, close } = await backend.open();
			const { redisUrl } = env;
			const clients = redisUrl === undefined ? [] : [new Redis(redisUrl), new Redis(redisUrl)];
			onTestFinished(async () => {
				for (const client of clients) client.disconnect();
				await close();
			});
			const [first, second] = clients;
			if (first && second) {
				return [redisLikeStore(first, bounds), redisLikeStore(second, bounds)] as const;
			}
			const store = memoryLikeStore(bounds);
			return [store, store] as const;
		}

		test("sums what all nodes add, session by session", async () => {
			const [first, second] = await open();
			expect(await first.add("1", { count: 3, saved: 0 })).toBe(3);
			expect(await second.add("1", { count: 4, saved: 0 })).toBe(7);
			expect(await second.add("2", { count: 1, saved: 0 })).toBe(1);
			expect(await first.add("1", { count: 0, saved: 0 })).toBe(7);
		});

		test("many at once are all counted", async () => {
			const [first, second] = await open();
			await Promise.all(
				Array.from({ length: 200 }, (_, index) =>
					(index % 2 === 0 ? first : second).add("1", { count: 5, saved: 0 })
				)
			);
			expect(await second.add("1", { count: 0, saved: 0 })).toBe(1_000);
		});

		test("goes on from what was saved, and never below it", async () => {
			const [first] = await open();
			expect(await first.add("1", { count: 0, saved: 50 })).toBe(50);
			expect(await first.add("1", { count: 2, saved: 50 })).toBe(52);
			expect(await first.add("1", { count: 1, saved: 40 })).toBe(53);
		});

		test("says what is not saved, until it is", async () => {
			const [first, second] = await open();
			expect(await first.unsaved(10)).toEqual([]);
			await first.add("1", { count: 3, saved: 0 });
			await first.add("2", { count: 0, saved: 9 });
			expect(await second.unsaved(10)).toEqual([{ sessionId: "1", total: 3 }]);
			// One more like comes while the three are written.
			await first.add("1", { count: 1, saved: 0 });
			await second.saved("1", 3);
			expect(await second.unsaved(10)).toEqual([{ sessionId: "1", total: 4 }]);
			await second.saved("1", 4);
			expect(await first.unsaved(10)).toEqual([]);
			await first.add("1", { count: 1, saved: 3 });
			expect(await first.unsaved(10)).toEqual([{ sessionId: "1", total: 5 }]);
			await first.add("2", { count: 1, saved: 0 });
			expect(await first.unsaved(1)).toHaveLength(1);
		});

		test("counts no further than the column holds, and forgets who is idle", async () => {
			const [first] = await open({ totalMax: 10, idleMs: 200 });
			expect(await first.add("1", { count: 8, saved: 0 })).toBe(8);
			expect(await first.add("1", { count: 8, saved: 0 })).toBe(10);
			await until(async () => (await first.add("1", { count: 0, saved: 7 })) === 7);
		});
	});
}
