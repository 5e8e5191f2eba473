import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { memoryStreamStore } from "./media.store.memory.ts";
import { redisStreamStore } from "./media.store.redis.ts";
import type { StreamEntry, StreamStore } from "./media.store.ts";

const entry = (generation: number, nodeId = "media-1"): StreamEntry => ({
	roomId: "7",
	generation,
	nodeId,
	base: `http://${nodeId}`,
	isIdle: false
});
const minute = 60_000;

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`streams on ${backend.name}`, () => {
		async function open(): Promise<StreamStore> {
			const { env, close } = await backend.open();
			const client = env.redisUrl === undefined ? undefined : new Redis(env.redisUrl);
			onTestFinished(async () => {
				client?.disconnect();
				await close();
			});
			return client ? redisStreamStore(client) : memoryStreamStore();
		}

		test("what was put is found, for its room alone", async () => {
			const store = await open();
			expect(await store.find("7")).toBeUndefined();
			expect(await store.put(entry(3), minute)).toBe(true);
			expect(await store.find("7")).toEqual(entry(3));
			expect(await store.find("77")).toBeUndefined();
		});

		test("the higher generation has the room, whatever comes late of the other", async () => {
			const store = await open();
			await store.put(entry(9, "media-1"), minute);
			expect(await store.put(entry(10, "media-2"), minute)).toBe(true);
			expect(await store.put(entry(9, "media-1"), minute)).toBe(false);
			await store.remove("7", 9);
			expect(await store.find("7")).toEqual(entry(10, "media-2"));
		});

		test("the same generation renews, and changes what is said", async () => {
			const store = await open();
			await store.put(entry(3), 200);
			const idle = { ...entry(3), isIdle: true };
			expect(await store.put(idle, minute)).toBe(true);
			expect(await store.find("7")).toEqual(idle);
		});

		test("a node that says nothing more is forgotten, and anybody may follow", async () => {
			const store = await open();
			await store.put(entry(9), 20);
			await until(async () => (await store.find("7")) === undefined);
			expect(await store.put(entry(2), minute)).toBe(true);
		});

		test("removed is removed", async () => {
			const store = await open();
			await store.put(entry(3), minute);
			await store.remove("7", 3);
			await store.remove("7", 3);
			expect(await store.find("7")).toBeUndefined();
		});
	});
}
