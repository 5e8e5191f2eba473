/** Nodes of a cluster end one after another, as a rolling update ends them, while people work. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { startNats } from "../../scripts/servers/nats.ts";
import { startRedis } from "../../scripts/servers/redis.ts";
import { type Person, signUp } from "../harness/people.ts";
import {
	createDatabase,
	type NodeProcess,
	type RunningPlatform,
	startCluster
} from "../harness/platforms.ts";
import { until } from "../harness/until.ts";
import { HttpTraffic } from "./shutdown-traffic.ts";

const urls = inject("servers");
const available = Boolean(urls.natsUrl && urls.redisUrl && urls.mysqlReplicaUrl);

describe.skipIf(!available)("a cluster of two nodes of each kind", () => {
	const closing: (() => unknown)[] = [];
	let cluster: RunningPlatform;
	let people: Person[];

	beforeAll(async () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-shutdown-"));
		closing.push(() => rmSync(folder, { recursive: true, force: true }));
		const nats = await startNats(join(folder, "nats"));
		closing.push(() => nats.stop());
		const redis = await startRedis(join(folder, "redis"));
		closing.push(() => redis.stop());
		const database = await createDatabase(urls, `shutdown_${randomBytes(4).toString("hex")}`);
		cluster = await startCluster({
			folder: join(folder, "nodes"),
			servers: { natsUrl: nats.url, redisUrl: redis.url, ...database }
		});
		closing.push(() => cluster.stop());
		const [edge = ""] = cluster.edges;
		people = await Promise.all(Array.from({ length: 6 }, () => signUp(edge)));
	});
	afterAll(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	const nodeNamed = (name: string): NodeProcess => {
		const node = cluster.nodes.get(name);
		if (!node) throw new Error(`There is no node ${name}.`);
		return node;
	};

	async function flowing(edges: readonly string[]): Promise<HttpTraffic> {
		const traffic = new HttpTraffic(edges, people);
		await until(() => traffic.answered > 200 && traffic.inFlight > 0, 20_000);
		return traffic;
	}

	async function stopped(node: NodeProcess): Promise<number | null> {
		let gone = false;
		void node.gone.then(() => {
			gone = true;
		});
		node.signal("SIGTERM");
		node.signal("SIGTERM");
		await until(() => gone, limits.shutdownMillisecondsMax);
		return node.stop();
	}

	it("nobody notices that a node behind the edges goes, and comes back", async () => {
		const traffic = await flowing(cluster.edges);
		expect(await stopped(nodeNamed("core-1"))).toBe(0);
		const answered = traffic.answered;
		await until(() => traffic.answered > answered + 200);
		cluster.restart("core-1");
		await until(() => traffic.answered > answered + 1_000, 20_000);
		await traffic.stop();
		expect(traffic.cutOff).toEqual([]);
		expect(traffic.answers).toEqual({ 200: expect.any(Number) });
	});

	it("an edge answers what it has taken, and takes no more", async () => {
		const [leaving = "", staying = ""] = cluster.edges;
		const traffic = await flowing([leaving]);
		const beside = await flowing([staying]);
		expect(await stopped(nodeNamed("edge-1"))).toBe(0);
		await Promise.all([traffic.stop(), beside.stop()]);
		expect(traffic.cutOff).toEqual([]);
		expect(traffic.refused).toBeGreaterThan(0);
		expect(traffic.answers).toEqual({ 200: expect.any(Number) });
		expect(beside.refused).toBe(0);
		expect(beside.answers).toEqual({ 200: expect.any(Number) });
	});

	it("what was answered stays when a node is killed", async () => {
		const [, staying = ""] = cluster.edges;
		const traffic = await flowing([staying]);
		const node = nodeNamed("core-2");
		node.signal("SIGKILL");
		await node.gone;
		const answered = traffic.answers[200] ?? 0;
		await until(() => (traffic.answers[200] ?? 0) > answered + 200);
		await traffic.stop();
		expect(traffic.cutOff).toEqual([]);
		// How few calls may fail meanwhile: test/chaos/balancing.test.ts, which runs alone.
		expect(traffic.answers[200]).toBeGreaterThan(200);
		// A copy in a cache may be a moment behind.
		await until(async () => (await traffic.lost(staying)).length === 0);
	});
});
