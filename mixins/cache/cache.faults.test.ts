import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import { testEnv } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import { type Cache, cache } from "./index.ts";

const long = { ttlMs: 600_000, nullTtlMs: 600_000 };

async function node({ url }: LocalServer) {
	const env = testEnv(tmpdir(), { REDIS_URL: url });
	const schema = { name: "reader", mixins: [cache()] } as ServiceSchema;
	const broker = await startBroker({ env, services: [schema] });
	onTestFinished(() => broker.stop());
	const own = (broker.getLocalService("reader") as Service & { cache: Cache }).cache;
	return { cache: own, users: own.namespace("users", long) };
}

/** Lets what was sent to Redis arrive; a round that was too quick is followed by another. */
const nextTurn = () => sleep(5);

describe.skipIf(!redisCommand())("a cache whose redis fails", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-cache-"));
	let server: LocalServer;
	beforeAll(async () => {
		server = await startRedis(folder);
	});
	afterAll(async () => {
		await server.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	});

	test.each(["kill", "pause"] as const)(
		"%s: reads go on, changes are seen soon, and no old value comes back",
		async (fault) => {
			const [a, b] = [await node(server), await node(server)];
			let row = "first";
			const load = async () => row;
			expect(await a.users.get(fault, load)).toBe("first");
			expect(await b.users.get(fault, load)).toBe("first");

			if (fault === "kill") await server.kill();
			else server.pause();
			row = "second";
			await expect(a.users.delete([fault])).rejects.toMatchObject({ type: "UNAVAILABLE" });
			expect(await a.users.get(fault, load)).toBe("second");
			// The other node was not told; it gives up what it cannot trust.
			await until(async () => (await b.users.get(fault, load)) === "second");
			row = "third";
			await until(async () => (await b.users.get(fault, load)) === "third");

			if (fault === "kill") await server.restart();
			else server.resume();
			// Redis still has "first". Nobody reads it, from the outage on until both use Redis again.
			const seen = new Set<string | null>();
			for (let round = 0, isShared = false; !isShared; round += 1) {
				seen.add(await a.users.get(fault, load)).add(await b.users.get(fault, load));
				await a.users.get(`${fault} ${round}`, async () => "a");
				await nextTurn();
				isShared = (await b.users.get(`${fault} ${round}`, async () => "b")) === "a";
			}
			expect(seen).toEqual(new Set(["third"]));
		}
	);

	test("a node that starts without redis reads, and uses it once it is there", async () => {
		await server.stop();
		const { users } = await node(server);
		let loads = 0;
		const load = async () => {
			loads += 1;
			return loads;
		};
		expect(await users.get("started", load)).toBe(1);
		// Alone, so the value lives for a second only.
		await until(async () => (await users.get("started", load)) === 2);
		await server.restart();
		const other = await node(server);
		let round = 0;
		await until(async () => {
			round += 1;
			await users.get(`later ${round}`, async () => "here");
			await nextTurn();
			return (await other.users.get(`later ${round}`, async () => "there")) === "here";
		});
	});
});
