/** How a platform in one process ends: by a signal, twice or from npm, and by a crash. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { afterEach, expect, it } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { publish } from "../../services/outbox/outbox.tx.ts";
import { type Person, signUp } from "../harness/people.ts";
import {
	type NodeProcess,
	type RunningPlatform,
	startEmbedded,
	untilHealthy
} from "../harness/platforms.ts";
import { until } from "../harness/until.ts";
import { HttpTraffic } from "./shutdown-traffic.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

interface Platform {
	readonly folder: string;
	readonly url: string;
	readonly node: NodeProcess;
	/** Starts it again on the same data. */
	again(): Promise<NodeProcess>;
}

async function start(): Promise<Platform> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-shutdown-"));
	closing.push(() => rmSync(folder, { recursive: true, force: true }));
	const platform: RunningPlatform = await startEmbedded(folder);
	closing.push(platform.stop);
	const [url = ""] = platform.edges;
	const node = platform.nodes.get("embedded");
	if (!node) throw new Error("The platform has no process.");
	const again = async () => {
		platform.restart("embedded");
		await untilHealthy(url, platform.nodes);
		return platform.nodes.get("embedded") as typeof node;
	};
	return { folder, url, node, again };
}

const signUpMany = (url: string, count: number): Promise<Person[]> =>
	Promise.all(Array.from({ length: count }, () => signUp(url)));

async function trafficOn(url: string): Promise<HttpTraffic> {
	const traffic = new HttpTraffic([url], await signUpMany(url, 8));
	closing.push(() => traffic.stop());
	await until(() => traffic.answered > 200 && traffic.inFlight > 0, 20_000);
	return traffic;
}

/** The code it ended with; fails when that takes longer than is promised. */
async function exitOf(node: NodeProcess): Promise<number | null> {
	let gone = false;
	void node.gone.then(() => {
		gone = true;
	});
	await until(() => gone, limits.shutdownMillisecondsMax);
	return node.stop();
}

it.each([
	["SIGTERM", ["SIGTERM"]],
	["SIGTERM twice", ["SIGTERM", "SIGTERM"]],
	["SIGINT and SIGTERM", ["SIGINT", "SIGTERM"]]
] as const)("%s under traffic cuts nobody off", async (_, signals) => {
	const { url, node, again } = await start();
	const traffic = await trafficOn(url);
	for (const signal of signals) node.signal(signal);
	expect(await exitOf(node)).toBe(0);
	await traffic.stop();
	expect(traffic.cutOff).toEqual([]);
	expect(traffic.refused, "it was still asked when it was gone").toBeGreaterThan(0);
	expect(Object.keys(traffic.answers)).toEqual(["200"]);
	await again();
	expect(await traffic.lost(url)).toEqual([]);
});

it("tells its sockets why they are closed", async () => {
	const { url, node } = await start();
	const socket: Socket = io(url, { transports: ["websocket"], reconnection: false });
	closing.push(() => socket.disconnect());
	const heard: string[] = [];
	socket.on("session", ({ kind }: { kind: string }) => heard.push(kind));
	socket.on("disconnect", (reason) => heard.push(reason));
	await until(() => heard.includes("ready"));
	node.signal("SIGTERM");
	await until(() => heard.length === 3);
	expect(heard).toEqual(["ready", "restarting", "io server disconnect"]);
	expect(await exitOf(node)).toBe(0);
});

it("delivers what was committed before it ended", async () => {
	const { folder, url, node, again } = await start();
	const person = await signUp(url);
	const me = () =>
		fetch(`${url}/api/users/me`, { headers: { authorization: `Bearer ${person.accessToken}` } });
	expect((await me()).status).toBe(200);
	node.signal("SIGTERM");
	expect(await exitOf(node)).toBe(0);
	// As if it had ended between the commit and the relay.
	const sql = openSql(loadEnv({ DATA_DIR: folder }));
	await sql.transaction((tx) =>
		publish(tx, "users.banned", { userId: person.id, at: new Date().toISOString() })
	);
	await sql.close();
	await again();
	await until(async () => (await me()).status === 401);
});

it("kill -9 under traffic loses nothing that was answered, and it starts again", async () => {
	const { url, node, again } = await start();
	const traffic = await trafficOn(url);
	expect(traffic.inFlight).toBeGreaterThan(0);
	node.signal("SIGKILL");
	expect(await exitOf(node)).toBeNull();
	await traffic.stop();
	expect(traffic.cutOff.length, "requests in flight when it died").toBeGreaterThan(0);
	await again();
	expect(await traffic.lost(url)).toEqual([]);
});
