/** `npm run demo:stream` beside `npm start`: what a newcomer sees first. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	type NodeProcess,
	type RunningPlatform,
	startEmbedded,
	startProcess,
	untilHealthy
} from "../harness/platforms.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { ask, type RoomState } from "./show.ts";

const patienceMs = 150_000;

describe.skipIf(!tools.ffmpeg)("the demo stream", { timeout: patienceMs }, () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-demo-"));
	let platform: RunningPlatform;
	let edge = "";
	const running: NodeProcess[] = [];

	beforeAll(async () => {
		platform = await startEmbedded(join(folder, "platform"));
		edge = platform.edges[0] ?? "";
	}, patienceMs);
	afterAll(async () => {
		await Promise.all(running.map((node) => node.stop()));
		await platform.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}, patienceMs);

	const stream = (name: string, ...words: string[]): NodeProcess => {
		const variables = { PORT: new URL(edge).port };
		const script = "scripts/demo-stream.ts";
		const node = startProcess({ name, script, folder, variables, arguments: words });
		running.push(node);
		return node;
	};
	const rooms = async () => (await ask<{ items: RoomState[] }>(edge, ["GET", "/rooms"])).items;
	const untilRoom = (what: Partial<RoomState>) =>
		until(async () => {
			expect(await rooms()).toEqual([expect.objectContaining(what)]);
			return true;
		}, patienceMs / 3);

	it("brings the seeded room on air, says where, and ends after its time", async () => {
		await untilRoom({ status: "scheduled" });
		const demo = stream("first", "--seconds", "8");
		await untilRoom({ status: "live", onAir: true });
		const [room] = await rooms();
		expect(demo.log()).toContain(`${edge}/rooms/${room?.id}`);
		await demo.gone;
		expect(await demo.stop()).toBe(0);
		await untilRoom({ status: "paused", onAir: false });
	});

	it("comes back by itself after the platform was killed, and ends on SIGTERM", async () => {
		const demo = stream("second");
		await untilRoom({ status: "live", onAir: true });
		const before = platform.nodes.get("embedded");
		before?.signal("SIGKILL");
		await before?.gone;
		await until(() => demo.log().includes("The next try is in"), patienceMs / 3);
		platform.restart("embedded");
		await untilHealthy(edge, platform.nodes);
		await until(() => demo.log().split("On air").length > 2, patienceMs / 3);
		await untilRoom({ status: "live", onAir: true });
		expect(await demo.stop()).toBe(0);
		// The key opens the room to everybody who reads it.
		expect(demo.log()).not.toMatch(/[0-9a-f]{64}/);
	});

	it("says so when the room that was asked for is not there", async () => {
		const demo = stream("third", "--room", "999999999");
		await demo.gone;
		expect(await demo.stop()).toBe(1);
		expect(demo.log()).toContain("NOT_FOUND");
	});
});
