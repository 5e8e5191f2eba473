import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Redis } from "ioredis";
import type { Service, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalServer } from "../scripts/servers/local-server.ts";
import { redisCommand, startRedis } from "../scripts/servers/redis.ts";
import { testEnv } from "../test/harness/backends.ts";
import { startBroker } from "../test/harness/broker.ts";
import { until } from "../test/harness/until.ts";
import { openSubscriber, readyOrLate, redis } from "./redis.ts";

type WithRedis = Service & { redis: Redis | undefined };

const user = (name: string) => ({ name, mixins: [redis()] }) as ServiceSchema;

const folder = mkdtempSync(join(tmpdir(), "live-commerce-redis-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

async function startWith(redisUrl: string | undefined, ...names: string[]) {
	const env = testEnv(folder, redisUrl === undefined ? {} : { REDIS_URL: redisUrl });
	const broker = await startBroker({ env, services: names.map(user) });
	const clients = names.map((name) => (broker.getLocalService(name) as WithRedis).redis);
	return { broker, clients, client: clients[0] as Redis };
}

test("without a URL there is no client", async () => {
	const { broker, clients } = await startWith(undefined, "one");
	expect(clients).toEqual([undefined]);
	await broker.stop();
});

describe.skipIf(!redisCommand())("with a server", () => {
	let server: LocalServer;
	beforeAll(async () => {
		server = await startRedis(join(folder, "server"));
	});
	afterAll(() => server.stop());

	test("services share one client, ready in started, closed after the last of them", async () => {
		const { broker, clients } = await startWith(server.url, "one", "two");
		const [one, two] = clients as [Redis, Redis];
		expect(one).toBe(two);
		expect(one.status).toBe("ready");
		await broker.destroyService("one");
		expect(await two.ping()).toBe("PONG");
		await broker.stop();
		await until(() => one.status === "end");
	});

	test("a node starts without its server, fails fast, and finds it later by itself", async () => {
		await server.stop();
		const { broker, client } = await startWith(server.url, "one");
		await expect(client.set("late", "1")).rejects.toThrow();
		// One wait per node: if each service had its own, this test would run out of time.
		for (let service = 0; service < 6; service += 1) await readyOrLate(client);
		await server.restart();
		await until(async () => (await client.set("late", "2")) === "OK");
		await broker.stop();
	});

	test("a command that hangs is given up, and one cut off is never sent again", async () => {
		const { broker, client } = await startWith(server.url, "one");
		server.pause();
		await expect(client.incr("counted")).rejects.toThrow("timed out");
		const cutOff = expect(client.incr("counted")).rejects.toThrow();
		await server.kill();
		await cutOff;
		await server.restart();
		await until(async () => (await client.ping()) === "PONG");
		expect(await client.get("counted")).toBeNull();
		await broker.stop();
	});

	test("a subscriber hears, whenever the server is started", async () => {
		await server.stop();
		const { broker, client } = await startWith(server.url, "one");
		const heard: string[] = [];
		const subscriber = openSubscriber(client, {
			channels: ["news"],
			logger: broker.logger,
			onMessage: (channel, text) => heard.push(`${channel}: ${text}`)
		});
		for (const text of ["there", "back"]) {
			await server.restart();
			await until(async () => (await client.publish("news", text)) === 1);
			await until(() => heard.includes(`news: ${text}`));
			await server.kill();
		}
		subscriber.disconnect();
		await server.restart();
		await broker.stop();
	});

	test("stopping does not wait for a server that hangs", async () => {
		const { broker } = await startWith(server.url, "one");
		server.pause();
		await broker.stop();
		server.resume();
	});
});

test("what is not a URL of Redis is refused by the environment", () => {
	expect(() => testEnv(folder, { REDIS_URL: pathToFileURL(folder).href })).toThrow("REDIS_URL");
});
