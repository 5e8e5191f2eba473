import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { limits } from "../../config/limits.ts";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { memoryViewerStore, redisViewerStore, type ViewerBounds } from "./rooms.viewers.ts";

test("a viewer outlives one lost beat, and nobody outlives their node by 5 s", () => {
	expect(limits.viewLeaseMilliseconds).toBeGreaterThanOrEqual(limits.viewBeatSeconds * 1_500);
	const lookMs = Math.max(limits.roomSampleMilliseconds, limits.audienceMilliseconds);
	expect(limits.viewLeaseMilliseconds + lookMs).toBeLessThan(5_000);
	expect(limits.viewLeaseMilliseconds).toBeGreaterThan(2 * limits.audienceMilliseconds);
});

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`viewers on ${backend.name}`, () => {
		/** Two nodes that share what there is to share; in one process, one store. */
		async function open(changes: Partial<ViewerBounds> = {}) {
			const bounds = { leaseMs: 60_000, viewersMax: 1_000, ...changes };
			const { env, close } = await backend.open();
			const { redisUrl } = env;
			const clients = redisUrl === undefined ? [] : [new Redis(redisUrl), new Redis(redisUrl)];
			onTestFinished(async () => {
				for (const client of clients) client.disconnect();
				await close();
			});
			const [first, second] = clients;
			if (first && second) {
				return [redisViewerStore(first, bounds), redisViewerStore(second, bounds)] as const;
			}
			const store = memoryViewerStore(bounds);
			return [store, store] as const;
		}

		test("each counts once in each room, on whichever node", async () => {
			const [first, second] = await open();
			expect(await first.touch("1", ["a"])).toBe(1);
			expect(await second.touch("1", ["a"])).toBe(1);
			expect(await second.touch("1", ["b"])).toBe(2);
			expect(await first.touch("2", ["b"])).toBe(1);
			expect(await first.counts(["2", "1", "3"])).toEqual([1, 2, 0]);
		});

		test("who is not heard of is gone, who is stays", async () => {
			const [first] = await open({ leaseMs: 250 });
			await first.touch("1", ["silent"]);
			await until(async () => (await first.touch("1", ["here"])) === 1);
			await until(async () => (await first.counts(["1"]))[0] === 0);
		});

		test("a node that dies leaves no ghosts, and who moves on keeps counting", async () => {
			const [dying, living] = await open({ leaseMs: 300 });
			for (const viewer of ["a", "b", "c"]) await dying.touch("1", [viewer]);
			// Two of the pages reach another node from now on.
			await until(async () => {
				await living.touch("1", ["a"]);
				return (await living.touch("1", ["b"])) === 2;
			});
			expect(await living.counts(["1"])).toEqual([2]);
		});

		test("a room counts no more than its bound, and known ones stay in", async () => {
			const [first] = await open({ viewersMax: 2 });
			await first.touch("1", ["a"]);
			await first.touch("1", ["b"]);
			expect(await first.touch("1", ["c"])).toBe(2);
			expect(await first.touch("1", ["a"])).toBe(2);
		});

		test("many of one edge count once each, and only as far as there is room", async () => {
			const [first, second] = await open({ viewersMax: 2_500 });
			const crowd = Array.from({ length: 2_400 }, (_, index) => `viewer-${index}`);
			expect(await first.touch("1", [])).toBe(0);
			expect(await first.touch("1", crowd)).toBe(2_400);
			expect(await second.touch("1", crowd.slice(1_000))).toBe(2_400);
			expect(await second.touch("1", [])).toBe(2_400);
			const late = Array.from({ length: 300 }, (_, index) => `late-${index}`);
			expect(await second.touch("1", [...late, ...crowd.slice(0, 50)])).toBe(2_500);
			expect(await first.touch("1", crowd)).toBe(2_500);
		});

		test("an edge that goes on keeps its own, and those of the dead one are gone", async () => {
			const [dying, living] = await open({ leaseMs: 300 });
			await dying.touch("1", ["both", "alone-1", "alone-2"]);
			await until(async () => (await living.touch("1", ["both", "other"])) === 2);
			expect(await living.counts(["1"])).toEqual([2]);
		});

		test("many at once are all counted", async () => {
			const [first, second] = await open();
			const beats = Array.from({ length: 200 }, (_, index) =>
				(index % 2 === 0 ? first : second).touch("1", [`viewer-${index % 100}`])
			);
			await Promise.all(beats);
			expect(await second.counts(["1"])).toEqual([100]);
		});
	});
}
