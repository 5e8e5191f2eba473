import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "../../test/harness/until.ts";
import { findProgram } from "./find.ts";
import type { LocalServer } from "./local-server.ts";
import { startLocalServer } from "./local-server.ts";
import { natsCommand, startNats } from "./nats.ts";
import { ask } from "./probe.ts";
import { redisCommand, startRedis } from "./redis.ts";

const folder = mkdtempSync(join(tmpdir(), "live-commerce-servers-"));
const running: LocalServer[] = [];
afterAll(async () => {
	await Promise.all(running.map((server) => server.stop()));
	rmSync(folder, { recursive: true, force: true });
});

const lives = (pid: number): boolean => {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
};

test("programs are found also where daemons lie", () => {
	expect(findProgram("no-such-program", "sh")).toMatch(/^\/.*\/sh$/);
	expect(findProgram("no-such-program")).toBeUndefined();
});

test("a server that cannot start says why, with its log", async () => {
	const failing = startLocalServer({
		name: "broken",
		command: "sh",
		dataDir: join(folder, "broken"),
		arguments: () => ["-c", "echo the disk is on fire; exit 3"],
		url: () => "none",
		ping: () => Promise.reject(new Error("not there"))
	});
	await expect(failing).rejects.toThrow(/broken ended \(3\)[\s\S]*the disk is on fire/);
});

test("a command that does not exist is an error, not a wait", async () => {
	const failing = startLocalServer({
		name: "absent",
		command: join(folder, "absent"),
		dataDir: join(folder, "absent-data"),
		arguments: () => [],
		url: () => "none",
		ping: () => Promise.reject(new Error("not there"))
	});
	await expect(failing).rejects.toThrow("ENOENT");
});

describe.skipIf(!redisCommand())("redis-server", () => {
	const say = async (server: LocalServer, text: string, timeoutMs = 10_000) =>
		await ask({ port: server.port, send: `${text}\r\nPING\r\n`, until: /\+PONG/, timeoutMs });

	test("keeps its port and data over a crash, and hangs and goes on", async () => {
		const server = await startRedis(join(folder, "redis"));
		running.push(server);
		const before = server.pid;
		await say(server, "SET thing kept");
		await server.kill();
		expect(server.pid).toBeUndefined();
		await expect(say(server, "GET thing")).rejects.toThrow("ECONNREFUSED");
		await server.restart();
		expect(server.pid).not.toBe(before);
		expect(await say(server, "GET thing")).toContain("kept");
		server.pause();
		await expect(say(server, "GET thing", 300)).rejects.toThrow("no answer");
		server.resume();
		expect(await say(server, "GET thing")).toContain("kept");
	});

	test("stops while it hangs", async () => {
		const server = await startRedis(join(folder, "hanging"));
		const { pid = 0 } = server;
		server.pause();
		await server.stop();
		expect(lives(pid)).toBe(false);
	});
});

describe.skipIf(!natsCommand())("nats-server", () => {
	test("another one on its port is not taken for it", async () => {
		const first = await startNats(join(folder, "nats"));
		running.push(first);
		const info = await ask({ port: first.port, send: "PING\r\n", until: /INFO .*\r\n/ });
		expect(info).toContain('"jetstream":true');
		const second = startLocalServer({
			name: "second",
			command: natsCommand() ?? "",
			dataDir: join(folder, "second"),
			port: first.port,
			arguments: (port) => ["-a", "127.0.0.1", "-p", String(port)],
			url: () => "none",
			ping: () => Promise.reject(new Error("not ours"))
		});
		await expect(second).rejects.toThrow("address already in use");
	});

	test("it and its folder go when the parent is killed with SIGKILL", async () => {
		const data = join(folder, "orphan");
		const here = (name: string) => new URL(name, import.meta.url).href;
		const program = `
			const { startNats } = await import(${JSON.stringify(here("nats.ts"))});
			const { removeLater } = await import(${JSON.stringify(here("guard.ts"))});
			removeLater(${JSON.stringify(data)});
			console.log((await startNats(${JSON.stringify(data)})).pid);
			setInterval(() => {}, 1000);
		`;
		const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
			stdio: ["ignore", "pipe", "inherit"]
		});
		const [line] = await once(createInterface({ input: parent.stdout }), "line");
		const pid = Number(line);
		expect(lives(pid)).toBe(true);
		expect(existsSync(data)).toBe(true);
		parent.kill("SIGKILL");
		await until(() => !lives(pid) && !existsSync(data));
	});
});
