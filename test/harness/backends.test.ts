import { existsSync } from "node:fs";
import { afterAll, describe, expect, inject, test } from "vitest";
import { query } from "../../scripts/servers/mariadb.ts";
import { ask } from "../../scripts/servers/probe.ts";
import { type Opened, sqlBackends, storeBackends } from "./backends.ts";
import { until } from "./until.ts";

const [sqlite, mariadb] = sqlBackends;
const [, redis] = storeBackends;
const opened: Opened[] = [];
afterAll(async () => {
	for (const one of opened) await one.close();
});

async function open(...[backend, options]: [typeof mariadb | typeof redis, object?]) {
	const one = await backend?.open(options);
	if (!one) throw new Error("no such backend");
	opened.push(one);
	return one;
}

describe("the embedded backend", () => {
	test("gives each opening a folder of its own and takes it away", async () => {
		const first = await open(sqlite);
		const second = await sqlite?.open({ variables: { RATE_LIMITS: "off" } });
		expect(second?.env.dataDir).not.toBe(first.env.dataDir);
		expect(second?.env.rateLimits).toBe(false);
		await second?.close();
		expect(existsSync(second?.env.dataDir ?? "/")).toBe(false);
		expect(existsSync(first.env.dataDir)).toBe(true);
	});
});

describe.skipIf(!mariadb?.available)("the mariadb backend", () => {
	test("opens empty databases that do not see each other, and drops them", async () => {
		const [first, second] = [await open(mariadb), await open(mariadb)];
		await query(first.env.mysqlUrl ?? "", "CREATE TABLE thing (id BIGINT PRIMARY KEY)");
		expect(await query(second.env.mysqlUrl ?? "", "SHOW TABLES")).toEqual([]);
		await opened.pop()?.close();
		await expect(query(second.env.mysqlUrl ?? "", "SHOW TABLES")).rejects.toThrow(
			"Unknown database"
		);
	});

	test("has a real replica: it gets what the primary commits and refuses writes", async () => {
		const { env } = await open(mariadb, { replica: true });
		const [primary = "", replica = ""] = [env.mysqlUrl, env.mysqlReplicaUrl];
		await query(primary, "CREATE TABLE thing (id BIGINT PRIMARY KEY)");
		await query(primary, "INSERT INTO thing VALUES (7)");
		await until(async () => (await query(replica, "SELECT id FROM thing")).length === 1);
		await expect(query(replica, "INSERT INTO thing VALUES (8)")).rejects.toThrow("read-only");
	});
});

describe.skipIf(!redis?.available)("the redis backend", () => {
	test("gives each opening an empty database of its own", async () => {
		const [first, second] = [await open(redis), await open(redis)];
		await command(first, "SET thing 1");
		expect(await command(first, "GET thing")).toContain("\r\n1\r\n");
		expect(await command(second, "GET thing")).toContain("$-1\r\n");
	});

	async function command({ env }: Opened, text: string): Promise<string> {
		const url = new URL(env.redisUrl ?? "");
		const send = `SELECT ${url.pathname.slice(1)}\r\n${text}\r\nPING\r\n`;
		return await ask({ port: Number(url.port), send, until: /\+PONG/ });
	}
});

test.skipIf(!inject("servers").natsUrl)("nats has JetStream", async () => {
	const port = Number(new URL(inject("servers").natsUrl ?? "").port);
	const info = await ask({ port, send: "PING\r\n", until: /INFO .*\r\n/ });
	expect(JSON.parse(info.slice(5, info.indexOf("\r\n")))).toMatchObject({ jetstream: true });
});
