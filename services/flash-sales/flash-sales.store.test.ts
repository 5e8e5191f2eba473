import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { memoryGateStore } from "./flash-sales.store.memory.ts";
import { redisGateStore } from "./flash-sales.store.redis.ts";
import type { GateBounds, GateRequest } from "./flash-sales.store.ts";

const bounds: GateBounds = { leakMs: 60_000, keptMs: 60_000, refusalsMax: 1_000 };
const minute = 60_000;

const terms = (epoch: number, left: number, changes: { from?: number; to?: number } = {}) => ({
	...{ saleId: "7", epoch, left },
	startsAt: new Date(Date.now() + (changes.from ?? -minute)),
	endsAt: new Date(Date.now() + (changes.to ?? minute))
});

const request = (userId: string, key: string, changes: Partial<GateRequest> = {}): GateRequest => ({
	...{ saleId: "7", userId, intent: `${userId}:${key}`, fingerprint: "f".repeat(16) },
	...{ quantity: 1, limit: 2, ...changes }
});

const nobody = new Map<string, number>();
const sold = ({ userId, intent, quantity }: GateRequest, isBought: boolean) => ({
	...{ userId, intent, quantity, isBought }
});

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`the gate of a flash sale on ${backend.name}`, () => {
		/** Two nodes that share what there is to share; in one process, one store. */
		async function open(changes: Partial<GateBounds> = {}) {
			const { env, close } = await backend.open();
			const { redisUrl } = env;
			const clients = redisUrl === undefined ? [] : [new Redis(redisUrl), new Redis(redisUrl)];
			onTestFinished(async () => {
				for (const client of clients) client.disconnect();
				await close();
			});
			const all = { ...bounds, ...changes };
			const [first, second] = clients;
			const memory = memoryGateStore(all);
			const stores =
				first && second
					? ([redisGateStore(first, all), redisGateStore(second, all)] as const)
					: ([memory, memory] as const);
			const enter = async (one: GateRequest) => (await stores[0].enter(one)).outcome;
			return { first: stores[0], second: stores[1], enter, clients };
		}

		test("is closed while there is none, and again when it was closed", async () => {
			const { first, second, enter } = await open();
			expect(await first.enter(request("1", "a"))).toEqual({
				...{ outcome: "closed", epoch: 0, isKnown: false }
			});
			expect(await first.epochs(["7", "8"])).toEqual([0, 0]);
			await first.open(terms(1, 5), nobody);
			expect(await second.epochs(["7", "8"])).toEqual([1, 0]);
			expect(await second.enter(request("1", "a"))).toEqual({
				...{ outcome: "passed", epoch: 1, isKnown: false }
			});
			await second.close("7");
			expect(await enter(request("2", "a"))).toBe("closed");
		});

		test("lets in as many as there are units, from all nodes", async () => {
			const { first, second } = await open();
			await first.open(terms(1, 10), nobody);
			const all = await Promise.all(
				Array.from({ length: 64 }, (_, index) =>
					(index % 2 ? first : second).enter(request(String(index + 1), "a"))
				)
			);
			const counts = Map.groupBy(all, ({ outcome }) => outcome);
			expect([counts.get("passed")?.length, counts.get("sold-out")?.length]).toEqual([10, 54]);
		});

		test("holds the limit of a user over all keys, and the window", async () => {
			const { first, enter } = await open();
			await first.open(terms(1, 10), new Map([["2", 1]]));
			expect(await enter(request("1", "a", { quantity: 3 }))).toBe("limit-reached");
			expect(await enter(request("1", "b", { quantity: 2 }))).toBe("passed");
			expect(await enter(request("1", "c"))).toBe("limit-reached");
			expect(await enter(request("2", "a", { quantity: 2 }))).toBe("limit-reached");
			expect(await first.enter(request("2", "b"))).toMatchObject({
				...{ outcome: "passed", isKnown: true }
			});
			await first.open(terms(2, 10, { from: 30_000 }), nobody);
			expect(await enter(request("3", "a"))).toBe("not-open");
			await first.open(terms(3, 10, { from: -2 * minute, to: -minute / 2 }), nobody);
			expect(await enter(request("4", "a"))).toBe("not-open");
		});

		test("sets units aside once for a key, and says the same to a repeat", async () => {
			const { first, enter } = await open();
			await first.open(terms(1, 2), nobody);
			expect(await enter(request("1", "a"))).toBe("passed");
			expect(await enter(request("1", "a"))).toBe("repeated");
			expect(await enter(request("1", "a", { fingerprint: "0".repeat(16) }))).toBe("conflict");
			expect(await enter(request("2", "a", { quantity: 2 }))).toBe("sold-out");
			await first.settle("7", 1, [sold(request("1", "a"), false)]);
			// It would pass now; this key was told otherwise.
			expect(await enter(request("2", "a", { quantity: 2 }))).toBe("sold-out");
			expect(await enter(request("2", "b", { quantity: 2 }))).toBe("passed");
		});

		test("takes back what was not bought, and forgets that it was asked for", async () => {
			const { first, second, enter } = await open();
			await first.open(terms(1, 1), nobody);
			const one = request("1", "a");
			expect(await enter(one)).toBe("passed");
			await second.settle("7", 1, [sold(one, false)]);
			await second.settle("7", 1, [sold(one, false)]);
			expect(await enter(one)).toBe("passed");
			await second.settle("7", 1, [sold(one, true)]);
			await second.settle("7", 1, [sold(one, false)]);
			expect(await enter(request("2", "a"))).toBe("sold-out");
			expect(await enter(one)).toBe("repeated");
		});

		test("of another epoch is neither opened by an old one nor settled by it", async () => {
			const { first, enter } = await open();
			await first.open(terms(2, 1), nobody);
			await first.open(terms(1, 99), nobody);
			await first.open(terms(2, 99), nobody);
			const one = request("1", "a");
			expect(await enter(one)).toBe("passed");
			await first.open(terms(3, 1), nobody);
			await first.settle("7", 2, [sold(one, false)]);
			expect(await enter(request("2", "a"))).toBe("passed");
			expect(await enter(request("3", "a"))).toBe("sold-out");
			expect(await first.balance("7", 2, 50)).toBe(0);
			expect(await enter(request("4", "a"))).toBe("sold-out");
		});

		test("is balanced by the database, minus what is under way", async () => {
			const { first, enter } = await open({ leakMs: 2_000 });
			await first.open(terms(1, 5), nobody);
			for (const user of ["1", "2", "3"]) await enter(request(user, "a"));
			await first.settle("7", 1, [sold(request("1", "a"), true)]);
			// One sold, two under way: nothing has leaked.
			expect(await first.balance("7", 1, 4)).toBe(0);
			let leaked = 0;
			await until(async () => {
				leaked += await first.balance("7", 1, 4);
				return leaked === 2;
			});
			const big = request("5", "a", { quantity: 3, limit: 9 });
			expect(await enter(big)).toBe("passed");
			// Told that there is less, it goes down when nothing is under way, and that is no leak.
			expect(await first.balance("7", 1, 0)).toBe(0);
			await first.settle("7", 1, [sold(big, true)]);
			expect(await first.balance("7", 1, 0)).toBe(0);
			expect(await enter(request("6", "a"))).toBe("sold-out");
		});

		test("is corrected about a user", async () => {
			const { first, enter } = await open();
			await first.open(terms(1, 9), new Map([["1", 2]]));
			expect(await enter(request("1", "a"))).toBe("limit-reached");
			await first.count("7", "1", 1);
			expect(await enter(request("1", "b"))).toBe("passed");
		});

		test("remembers so many refusals and no more, and knows thousands of buyers", async () => {
			const { first, enter } = await open({ refusalsMax: 1 });
			const many = Array.from({ length: 1_201 }, (_, index) => [String(index + 1), 2] as const);
			await first.open(terms(1, 1), new Map(many));
			expect(await enter(request("1201", "a"))).toBe("limit-reached");
			expect(await enter(request("1202", "a", { quantity: 2 }))).toBe("sold-out");
			expect(await enter(request("1202", "a"))).toBe("passed");
		});

		test("leaves nothing behind for ever", async () => {
			const { first, enter, clients } = await open();
			await first.open(terms(1, 9), nobody);
			await enter(request("1", "a"));
			await enter(request("1", "b", { quantity: 9 }));
			const keys = (await clients[0]?.keys("flash-sales:*")) ?? [];
			expect(keys).toHaveLength(clients.length === 0 ? 0 : 4);
			for (const key of keys) expect(await clients[0]?.pttl(key)).toBeGreaterThan(minute);
			await first.close("7");
			expect(await clients[0]?.keys("flash-sales:*")).toEqual(
				clients.length === 0 ? undefined : []
			);
			expect(await first.epochs(["7"])).toEqual([0]);
		});
	});
}
