import { Redis } from "ioredis";
import type { Service, ServiceSchema } from "moleculer";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Opened, storeBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import { type Cache, cache, type NamespaceOptions } from "./index.ts";

const long: NamespaceOptions = { ttlMs: 600_000, nullTtlMs: 600_000 };

async function cacheOn({ env }: Opened): Promise<Cache> {
	const schema = { name: "reader", mixins: [cache()] } as ServiceSchema;
	const broker = await startBroker({ env, services: [schema] });
	onTestFinished(() => broker.stop());
	return (broker.getLocalService("reader") as Service & { cache: Cache }).cache;
}

/** A table with a count of how often which keys were read from it. */
function table(rows: Record<string, unknown>) {
	const loads: string[][] = [];
	return {
		rows,
		loads,
		one: async (key: string) => {
			loads.push([key]);
			return rows[key];
		},
		many: async (keys: string[]) => {
			loads.push(keys);
			return new Map(keys.flatMap((key) => (key in rows ? [[key, rows[key]] as const] : [])));
		}
	};
}

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`cache in ${backend.name}`, () => {
		async function open(): Promise<Opened> {
			const opened = await backend.open();
			onTestFinished(() => opened.close());
			return opened;
		}

		test("a value is loaded once, then kept", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const { one, loads } = table({ "1": { name: "Ann", tags: ["host"] } });
			for (let round = 0; round < 3; round += 1) {
				expect(await users.get("1", one)).toEqual({ name: "Ann", tags: ["host"] });
			}
			expect(loads).toEqual([["1"]]);
		});

		test("that there is none is kept too", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const { one, many, loads } = table({});
			expect(await users.get("1", one)).toBeNull();
			expect(await users.get("1", one)).toBeNull();
			expect(await users.getMany(["1"], many)).toEqual(new Map());
			expect(loads.length).toBe(1);
		});

		test("however many ask at the same time, it is loaded once", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const { many, loads } = table({ "1": { name: "Ann" } });
			const one = async (key: string) => (await many([key])).get(key) as { name: string };
			const answers = await Promise.all([
				...Array.from({ length: 20 }, () => users.get("1", one)),
				users.getMany(["1", "1"], many).then((found) => found.get("1"))
			]);
			expect(answers).toEqual(answers.map(() => ({ name: "Ann" })));
			expect(loads).toEqual([["1"]]);
			// Each has a copy of its own: one who changes it does not change it for the others.
			expect(new Set(answers).size).toBe(answers.length);
		});

		test("all that are missing of many are loaded by one call", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const { many, one, loads } = table({ "1": "a", "2": "b", "3": "c" });
			await users.get("2", one);
			const found = await users.getMany(["1", "2", "3", "4"], many);
			expect(found).toEqual(new Map(Object.entries({ "1": "a", "2": "b", "3": "c" })));
			expect(await users.getMany(["4", "3"], many)).toEqual(new Map([["3", "c"]]));
			expect(loads).toEqual([["2"], ["1", "3", "4"]]);
		});

		test("a load that fails fails all who wait for it, and is not kept", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const fail = async () => {
				throw new Error("no database");
			};
			const asked = await Promise.allSettled([users.get("1", fail), users.getMany(["1"], fail)]);
			expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
			expect(await users.get("1", async () => "back")).toBe("back");
		});

		test("it ends: a value after its ttl, a null after its own", async () => {
			const short = { ttlMs: 30, nullTtlMs: 600_000, jitter: 0 };
			const users = (await cacheOn(await open())).namespace("users", short);
			const { one, many, loads } = table({ "1": "old" });
			await users.getMany(["1", "2"], many);
			await until(async () => (await users.get("1", one)) !== null && loads.length > 1);
			expect(await users.get("2", one)).toBeNull();
			expect(loads.flat().filter((key) => key === "2").length).toBe(1);
		});

		test("a deleted value is loaded anew", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const { one, rows } = table({ "1": "old", "2": "other" });
			await users.get("1", one);
			rows["1"] = "new";
			expect(await users.get("1", one)).toBe("old");
			await users.delete(["1"]);
			expect(await users.get("1", one)).toBe("new");
		});

		test("a load that a delete overtook is not kept", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const database = Promise.withResolvers<string>();
			const early = users.get("1", () => database.promise);
			await users.delete(["1"]);
			expect(await users.get("1", async () => "new")).toBe("new");
			database.resolve("old");
			expect(await early).toBe("old");
			expect(await users.get("1", async () => "not asked")).toBe("new");
		});

		test("namespaces have keys of their own, and versions values of their own", async () => {
			const opened = await open();
			const own = await cacheOn(opened);
			await own.namespace("users", long).get("1", async () => "user");
			expect(await own.namespace("tags", long).get("1", async () => "tag")).toBe("tag");
			const newer = (await cacheOn(opened)).namespace("users", { ...long, version: 2 });
			expect(await newer.get("1", async () => "of version 2")).toBe("of version 2");
		});

		test("what comes out is what JSON makes of it, on a miss too", async () => {
			const users = (await cacheOn(await open())).namespace("users", long);
			const load = async () => ({ at: new Date(0), gone: undefined });
			const first: { at: string } | null = await users.get("1", load);
			expect(first).toEqual({ at: "1970-01-01T00:00:00.000Z" });
			expect(await users.get("1", load)).toEqual(first);
		});

		test.each(["", "x".repeat(201)])("%j is no key", async (key) => {
			const users = (await cacheOn(await open())).namespace("users", long);
			await expect(users.getMany(["1", key], async () => new Map())).rejects.toThrow(RangeError);
			expect(await users.get("1", async () => "still works")).toBe("still works");
		});
	});
}

const redis = storeBackends.find((backend) => backend.name === "redis");

describe.skipIf(!redis?.available)("two nodes over redis", () => {
	async function nodes() {
		const opened = (await redis?.open()) as Opened;
		onTestFinished(() => opened.close());
		const client = new Redis(opened.env.redisUrl ?? "");
		onTestFinished(() => client.disconnect());
		const [a, b] = [await cacheOn(opened), await cacheOn(opened)];
		return { client, a: a.namespace("users", long), b: b.namespace("users", long), cacheB: b };
	}

	test("one reads what the other has loaded", async () => {
		const { a, b, client } = await nodes();
		await a.get("1", async () => "Ann");
		await until(async () => (await client.exists("cache:users:1")) === 1);
		expect(await b.get("1", async () => "not asked")).toBe("Ann");
	});

	test("a delete on one node empties the memory of the other", async () => {
		const { a, b } = await nodes();
		const { one, rows } = table({ "1": "old", "2": "kept" });
		await Promise.all([a.get("1", one), a.get("2", one)]);
		rows["1"] = rows["2"] = "new";
		await b.delete(["1"]);
		await until(async () => (await a.get("1", one)) === "new");
		expect(await a.get("2", one)).toBe("kept");
	});

	test("a load on one node is overtaken by a delete on the other", async () => {
		const { a, b } = await nodes();
		const database = Promise.withResolvers<string>();
		const early = a.get("1", () => database.promise);
		await b.delete(["1"]);
		// Until the message is heard, whoever asks is handed to the load that is under way.
		let loads = 0;
		await until(() => {
			void a.get("1", async () => {
				loads += 1;
				return "new";
			});
			return loads > 0;
		});
		database.resolve("old");
		expect(await early).toBe("old");
		expect(await a.get("1", async () => "not asked")).toBe("new");
	});

	test("a stale value stored after the first delete does not survive the second", async () => {
		const { a, b, client, cacheB } = await nodes();
		const { one, rows } = table({ "1": "old" });
		await a.get("1", one);
		await until(async () => (await client.exists("cache:users:1")) === 1);
		const stale = (await client.get("cache:users:1")) ?? "";
		rows["1"] = "new";
		await b.delete(["1"]);
		// A third node had read the old row before the commit, and stores it only now.
		await client.set("cache:users:1", stale);
		await until(async () => (await a.get("1", one)) === "old");
		expect(await b.get("1", one)).toBe("old");
		await cacheB.expire({ namespace: "users", keys: ["1"] });
		await until(async () => (await a.get("1", one)) === "new");
		expect(await b.get("1", one)).toBe("new");
	});

	test("what others publish on the bus harms nobody", async () => {
		const { a, b, client } = await nodes();
		await a.get("1", async () => "old");
		const channel = `cache:bus:${client.options.db}`;
		for (const text of ["", "{", "null", '{"from":"x"}', '{"message":{"keys":1}}']) {
			expect(await client.publish(channel, text)).toBe(2);
		}
		await b.delete(["1"]);
		await until(async () => (await a.get("1", async () => "new")) === "new");
	});

	test("lives are spread, and never longer than told", async () => {
		const { a, client } = await nodes();
		const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
		await a.getMany(keys, async () => new Map(keys.map((key) => [key, key])));
		await until(async () => (await client.exists(...keys.map((k) => `cache:users:${k}`))) === 40);
		const lives = await Promise.all(keys.map((key) => client.pttl(`cache:users:${key}`)));
		expect(Math.max(...lives)).toBeLessThanOrEqual(long.ttlMs);
		expect(Math.min(...lives)).toBeGreaterThan(long.ttlMs * 0.75);
		expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(long.ttlMs * 0.05);
	});
});
