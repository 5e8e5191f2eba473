/** `npm run demo:crowd` beside `npm start`, and the crowd as tests of faults use it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CrowdReport, startCrowd } from "../../scripts/demo-crowd/crowd.ts";
import { orderFaults, stepFaults } from "../../scripts/demo-crowd/room-log.ts";
import { kinds } from "../../scripts/demo-crowd/tally.ts";
import { demoPassword } from "../../scripts/seed.ts";
import { type Person, post } from "../harness/people.ts";
import {
	type RunningPlatform,
	startEmbedded,
	startProcess,
	untilHealthy
} from "../harness/platforms.ts";
import { until } from "../harness/until.ts";
import { order } from "./shop-stage.ts";
import { ask } from "./show.ts";

interface Session {
	readonly accessToken: string;
	readonly refreshToken: string;
	readonly user: { readonly id: string };
}

interface Items {
	readonly items: readonly { readonly id: string }[];
}

const startMs = 90_000;

describe("the demo crowd", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-crowd-"));
	let platform: RunningPlatform;
	let edge = "";
	let roomId = "";

	beforeAll(async () => {
		// As `npm start` has them: nobody may need more than a viewer gets.
		platform = await startEmbedded(join(folder, "platform"), { RATE_LIMITS: "on" });
		edge = platform.edges[0] ?? "";
		const words = { username: "demo-host", password: demoPassword };
		const { user, ...tokens } = await post<Session>(edge, "/auth/sessions", words);
		const host = { id: user.id, ...words, ...tokens };
		const { items } = await ask<Items>(edge, ["GET", `/rooms?hostId=${host.id}`]);
		roomId = items[0]?.id ?? "";
		await ask(edge, ["POST", `/rooms/${roomId}/start`], host.accessToken);
		await openSale(host);
	}, startMs);
	afterAll(async () => {
		await platform?.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}, startMs);

	async function openSale(host: Person): Promise<void> {
		interface Good {
			readonly skuId: string;
			readonly price: { readonly amount: number; readonly currency: string };
		}
		const path = `/rooms/${roomId}/products`;
		const [good] = (await ask<{ items: Good[] }>(edge, ["GET", path])).items;
		const { skuId, price } = good as Good;
		const sale = {
			...{ skuId, price: { ...price, amount: 100 }, stock: 50, limitPerUser: 20 },
			startsAt: new Date().toISOString(),
			endsAt: new Date(Date.now() + 600_000).toISOString()
		};
		await order(edge, ["POST", `/rooms/${roomId}/flash-sales`, sale], host);
	}

	/** Everybody has all that was sent, once, and in order. */
	function expectAllHeard({ clients, told }: CrowdReport): void {
		for (const { steps } of clients) expect(stepFaults(steps)).toEqual([]);
		expect(orderFaults(clients.map(({ steps }) => steps))).toEqual([]);
		const letters = new Map(clients.map(({ userId, letters }) => [userId, letters]));
		expect(told.filter(({ id, to }) => !letters.get(to)?.has(id))).toEqual([]);
	}

	it("does all that viewers do, and goes on by itself after a kill -9", async () => {
		const options = { urls: [edge], roomId, people: 8, actionsPerSecond: 40, seed: 7 };
		const crowd = await startCrowd({ ...options, isKept: true });
		const { tally } = crowd;
		const untilAllDone = (since: number) =>
			until(() => kinds.every((kind) => tally.lastDone(kind) >= since), 30_000);
		await untilAllDone(1);
		expect(tally.outages).toEqual([]);
		const node = platform.nodes.get("embedded");
		const killedAt = Date.now();
		node?.signal("SIGKILL");
		await node?.gone;
		await until(() => tally.open.some(({ kind }) => kind !== "room"));
		platform.restart("embedded");
		await untilHealthy(edge, platform.nodes);
		await untilAllDone(killedAt);
		const report = await crowd.stop();
		expect(tally.open).toEqual([]);
		const away = report.outages.filter(({ kind }) => kind === "room");
		expect(new Set(away.map(({ who }) => who)).size).toBe(options.people);
		expect(report.told.length).toBeGreaterThan(0);
		expectAllHeard(report);
		const { intents } = report;
		expect(intents.filter(({ answer }) => answer === undefined)).toEqual([]);
		expect(intents.some(({ tries }) => tries > 1)).toBe(true);
		expect(new Set(intents.map(({ request }) => request.key)).size).toBe(intents.length);
		const bought = intents.filter(({ kind }) => kind === "flash-sale");
		expect(bought.map(({ answer }) => answer)).toContainEqual(
			expect.objectContaining({ result: expect.objectContaining({ outcome: "bought" }) })
		);
	});

	it("tells on the terminal what it does, and ends on SIGINT", async () => {
		const demo = startProcess({
			...{ name: "crowd", script: "scripts/demo-crowd.ts", folder, variables: {} },
			arguments: ["--url", edge, "--people", "3", "--rate", "20"]
		});
		await until(() => /They are there: .*\n\d+ done .*median \d+ ms/.test(demo.log()), 30_000);
		demo.signal("SIGINT");
		expect(await demo.stop()).toBe(0);
		expect(demo.log()).toMatch(/In all: [1-9]\d* done, \d+ refused, 0 lost, 0 outages\.\n$/);
		expect(demo.log()).toContain(`${edge}/rooms/${roomId}`);
	});

	it("says so when the room is not there", async () => {
		const demo = startProcess({
			...{ name: "lost", script: "scripts/demo-crowd.ts", folder, variables: {} },
			arguments: ["--url", edge, "--people", "1", "--room", "999999999"]
		});
		await demo.gone;
		expect(await demo.stop()).toBe(1);
		expect(demo.log()).toContain("NOT_FOUND");
	});
});
