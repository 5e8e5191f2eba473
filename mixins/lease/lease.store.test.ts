import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { memoryLeaseStore } from "./lease.store.memory.ts";
import { redisLeaseStore } from "./lease.store.redis.ts";
import type { Claim, LeaseStore } from "./lease.store.ts";

const claim = (holder: string, ttlMs = 60_000): Claim => ({ name: "sweep", holder, ttlMs });

async function tokenOf(store: LeaseStore, wanted: Claim): Promise<number> {
	const acquired = await store.acquire(wanted);
	if (!("token" in acquired)) throw new Error(`held for ${acquired.retryInMs} ms`);
	return acquired.token;
}

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`leases on ${backend.name}`, () => {
		async function open(): Promise<LeaseStore> {
			const { env, close } = await backend.open();
			const client = env.redisUrl === undefined ? undefined : new Redis(env.redisUrl);
			onTestFinished(async () => {
				client?.disconnect();
				await close();
			});
			return client ? redisLeaseStore(client) : memoryLeaseStore();
		}

		test("one holds it, the others hear how long at least", async () => {
			const store = await open();
			expect(await tokenOf(store, claim("a"))).toBeGreaterThan(0);
			const refused = await store.acquire(claim("b"));
			expect(refused).toEqual({ retryInMs: expect.any(Number) });
			expect((refused as { retryInMs: number }).retryInMs).toBeLessThanOrEqual(60_000);
			expect((refused as { retryInMs: number }).retryInMs).toBeGreaterThan(0);
		});

		test("leases of different names do not meet", async () => {
			const store = await open();
			await tokenOf(store, claim("a"));
			await tokenOf(store, { ...claim("b"), name: "relay" });
		});

		test("only the holder renews and releases", async () => {
			const store = await open();
			await tokenOf(store, claim("a"));
			expect(await store.renew(claim("b"))).toBe(false);
			await store.release(claim("b"));
			expect(await store.renew(claim("a"))).toBe(true);
			await store.release(claim("a"));
			expect(await store.renew(claim("a"))).toBe(false);
			await tokenOf(store, claim("b"));
		});

		test("a lease that is not renewed ends, and nobody renews it after that", async () => {
			const store = await open();
			await tokenOf(store, claim("a", 20));
			await until(async () => "token" in (await store.acquire(claim("b"))));
			expect(await store.renew(claim("a"))).toBe(false);
		});

		test("renewing counts from now and for as long as it says", async () => {
			const store = await open();
			await tokenOf(store, claim("a", 200));
			expect(await store.renew(claim("a", 60_000))).toBe(true);
			const refused = await store.acquire(claim("b"));
			expect((refused as { retryInMs: number }).retryInMs).toBeGreaterThan(200);
		});

		test("tokens rise with each taking, also by the same holder", async () => {
			const store = await open();
			const tokens: number[] = [];
			for (let round = 0; round < 50; round += 1) {
				const holder = `holder-${round % 3}`;
				tokens.push(await tokenOf(store, claim(holder)));
				tokens.push(await tokenOf(store, claim(holder)));
				await store.release(claim(holder));
			}
			expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
			expect(tokens.every(Number.isSafeInteger)).toBe(true);
		});

		test("of many who ask at once, one at a time gets it", async () => {
			const store = await open();
			let holders = 0;
			const tokens: number[] = [];
			const contend = async (holder: string) => {
				while (tokens.length < 60) {
					const acquired = await store.acquire(claim(holder));
					if (!("token" in acquired)) continue;
					holders += 1;
					expect(holders).toBe(1);
					tokens.push(acquired.token);
					await store.renew(claim(holder));
					holders -= 1;
					await store.release(claim(holder));
				}
			};
			await Promise.all(["a", "b", "c", "d", "e"].map(contend));
			expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
		});
	});
}

test("a new process gives higher tokens than the one before it", async () => {
	const before = await tokenOf(memoryLeaseStore(), claim("a"));
	await until(() => Date.now() * 1_000 > before);
	expect(await tokenOf(memoryLeaseStore(), claim("a"))).toBeGreaterThan(before);
});
