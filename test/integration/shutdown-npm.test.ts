/** `npm start` as people and supervisors run it: their signals reach npm, or the whole group. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { forget, watch } from "../../scripts/servers/guard.ts";
import { freePort } from "../../scripts/servers/ports.ts";
import { until } from "../harness/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

/** Children of a process, as Linux tells them. */
const childrenOf = (pid: number): number[] =>
	readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
		.trim()
		.split(" ")
		.filter(Boolean)
		.map(Number);

async function npmStart(): Promise<{ npm: ChildProcess; pid: number; output(): string }> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-npm-"));
	const port = String(await freePort());
	const npm = spawn("npm", ["start"], {
		cwd: root,
		env: {
			...{ PATH: process.env.PATH, HOME: folder, DATA_DIR: folder },
			...{ PORT: port, SANDBOX_PORT: String(await freePort()) }
		},
		stdio: ["ignore", "pipe", "pipe"],
		// A group of its own, as a shell gives each command.
		detached: true
	});
	const pid = npm.pid ?? -1;
	watch(pid);
	const gone = once(npm, "exit").then(() => forget(pid));
	closing.push(async () => {
		if (npm.exitCode === null && npm.signalCode === null) process.kill(-pid, "SIGKILL");
		await gone;
		rmSync(folder, { recursive: true, force: true });
	});
	let output = "";
	npm.stdout?.on("data", (chunk) => (output += chunk));
	npm.stderr?.on("data", (chunk) => (output += chunk));
	await until(async () => (await fetch(`http://127.0.0.1:${port}/api/health`)).ok, 30_000);
	return { npm, pid, output: () => output };
}

/** The platform's own process: the only child of npm, without a shell in between. */
function platformOf(npm: number): number {
	const [child, ...others] = childrenOf(npm);
	expect(others).toEqual([]);
	const command = readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0");
	expect(command).toContain("scripts/start.ts");
	return child ?? -1;
}

const isAlive = (pid: number): boolean => {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
};

describe.skipIf(process.platform !== "linux")("npm start", () => {
	it.each([
		["SIGTERM to npm", (pid: number) => process.kill(pid, "SIGTERM")],
		["Ctrl-C, which reaches the group", (pid: number) => process.kill(-pid, "SIGINT")],
		["SIGTERM to the platform", (pid: number) => process.kill(platformOf(pid), "SIGTERM")]
	])("ends cleanly by %s", async (_, strike) => {
		const { npm, pid, output } = await npmStart();
		const platform = platformOf(pid);
		const gone = once(npm, "exit");
		strike(pid);
		await until(() => !isAlive(platform), 15_000);
		const [code, signal] = await gone;
		expect(output()).toContain("ServiceBroker is stopped");
		expect([code, signal], output().slice(-500)).toEqual([0, null]);
	});
});
