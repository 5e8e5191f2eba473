import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Service, ServiceSchema } from "moleculer";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { ask } from "../../scripts/servers/probe.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import { testEnv } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import { type Held, type Leases, lease } from "./index.ts";

interface Line {
	readonly what: "gained" | "lost" | "ensured" | "refused";
	readonly token?: number;
}

const ttlMs = 1_200;
const script = fileURLToPath(new URL("./lease.faults.child.ts", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A contender in another process. */
function startChild(redisUrl: string) {
	const child = spawn(process.execPath, [script, redisUrl, String(ttlMs)], {
		stdio: ["pipe", "pipe", "inherit"]
	});
	children.push(child);
	const lines: Line[] = [];
	createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
	const last = (what: Line["what"]) => lines.findLast((line) => line.what === what);
	return { child, lines, last, say: (word: string) => child.stdin.write(`${word}\n`) };
}

/** A contender in this process, as a service has it. */
async function contend(redisUrl: string | undefined) {
	const env = testEnv(tmpdir(), redisUrl === undefined ? {} : { REDIS_URL: redisUrl });
	const schema = { name: "contender", mixins: [lease()] } as ServiceSchema;
	const broker = await startBroker({ env, services: [schema] });
	onTestFinished(() => broker.stop());
	const service = broker.getLocalService("contender") as Service & { lease: Leases };
	const tokens: number[] = [];
	const held: Held = await service.lease.hold("sweep", {
		ttlMs,
		onGained: (token) => void tokens.push(token)
	});
	return { broker, service, held, tokens };
}

const command = async ({ port }: LocalServer, text: string) =>
	(await ask({ port, send: `${text}\r\n`, until: /\r\n/ })).trim();

test("embedded: services of one broker contend, and stopping gives the lease up", async () => {
	const { broker, held, service } = await contend(undefined);
	expect(held.ensure()).toBeGreaterThan(0);
	const second = await service.lease.hold("sweep", { ttlMs });
	expect(second.token).toBeUndefined();
	await broker.stop();
	expect(held.token).toBeUndefined();
});

describe.skipIf(!redisCommand())("over redis", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-lease-"));
	let server: LocalServer;
	beforeAll(async () => {
		server = await startRedis(folder);
	});
	afterAll(async () => {
		await server.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	});

	test("a holder that is killed is followed by another with a higher token", async () => {
		const { child, last } = startChild(server.url);
		await until(() => last("gained") !== undefined);
		const { tokens } = await contend(server.url);
		expect(tokens).toEqual([]);
		child.kill("SIGKILL");
		await until(() => tokens.length > 0);
		expect(tokens[0]).toBeGreaterThan(last("gained")?.token ?? Number.NaN);
	});

	test("a holder that stops in good order hands over at once", async () => {
		const { say, last } = startChild(server.url);
		await until(() => last("gained") !== undefined);
		const { tokens } = await contend(server.url);
		expect(tokens).toEqual([]);
		say("stop");
		await until(() => tokens.length > 0 && last("lost") !== undefined);
		expect(tokens[0]).toBeGreaterThan(last("gained")?.token ?? Number.NaN);
	});

	test("a holder that was paused knows that it lost before it acts again", async () => {
		const { child, lines, last, say } = startChild(server.url);
		await until(() => last("gained") !== undefined);
		const before = last("gained")?.token ?? Number.NaN;
		const { tokens } = await contend(server.url);
		say("pause");
		await until(() => tokens.length > 0);
		expect(last("ensured")?.token).toBe(before);
		expect(tokens[0]).toBeGreaterThan(before);
		child.kill("SIGCONT");
		await until(() => last("refused") !== undefined && last("lost") !== undefined);
		expect(lines.findLast((line) => line.what === "ensured")?.token).toBe(before);
		expect(lines.filter((line) => line.what === "gained").length).toBe(1);
	});

	test("redis killed and started again: the lease goes on or on to one of them", async () => {
		const [first, second] = [await contend(server.url), await contend(server.url)];
		expect(first.tokens.length + second.tokens.length).toBe(1);
		await server.kill();
		await until(() => first.held.token === undefined && second.held.token === undefined);
		await server.restart();
		await until(() => first.tokens.length + second.tokens.length >= 2);
		const tokens = [...first.tokens, ...second.tokens].sort((a, b) => a - b);
		expect(new Set(tokens).size).toBe(tokens.length);
		expect([first.held.token, second.held.token]).toContain(tokens.at(-1));
	});

	test("redis loses all its data: tokens rise all the same", async () => {
		const first = await contend(server.url);
		const before = first.tokens[0] ?? Number.NaN;
		const marked = await command(server, "SET marker 1");
		await server.kill();
		rmSync(join(folder, "appendonlydir"), { recursive: true, force: true });
		await server.restart();
		expect([marked, await command(server, "EXISTS marker")]).toEqual(["+OK", ":0"]);
		const second = await contend(server.url);
		await until(() => second.tokens.length > 0 || first.tokens.length > 1);
		const after = [...second.tokens, ...first.tokens.slice(1)];
		expect(Math.min(...after)).toBeGreaterThan(before);
	});
});
