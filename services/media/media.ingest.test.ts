/** Who may stream, and what becomes of those who may not. Viewers are here to see it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { typed } from "../../lib/context.ts";
import { type Opened, storeBackends } from "../../test/harness/backends.ts";
import { command, RtmpClient } from "../../test/harness/rtmp/client.ts";
import { type MediaNode, startMedia } from "../../test/harness/rtmp/media-node.ts";
import { type Watching, watchHttp } from "../../test/harness/rtmp/viewer.ts";
import { until } from "../../test/harness/until.ts";
import type { MediaBounds } from "./media.bounds.ts";

const memory = storeBackends[0] as (typeof storeBackends)[number];
let opened: Opened;
let node: MediaNode;
const clients: RtmpClient[] = [];
const viewers: Watching[] = [];

beforeEach(async () => {
	opened = await memory.open();
});
afterEach(async () => {
	for (const client of clients.splice(0)) client.destroy();
	for (const viewer of viewers.splice(0)) viewer.close();
	await node.stop();
	await opened.close();
});

const start = async (bounds: Partial<MediaBounds> = {}) => {
	node = await startMedia({ env: opened.env, bounds });
};

function client(options: { ignoresEnd?: boolean } = {}): RtmpClient {
	const made = new RtmpClient(node.rtmpPort, options);
	clients.push(made);
	return made;
}

async function watch(roomId: string): Promise<Watching> {
	const viewer = await watchHttp(node.signed(roomId));
	viewers.push(viewer);
	return viewer;
}

async function goLive(roomId: string, mark = "HOST"): Promise<RtmpClient> {
	const host = client();
	expect(await host.publish(node.rooms.keyFor(roomId))).toBe(true);
	host.show(mark);
	await until(async () => (await node.flvUrl(roomId)) !== "");
	return host;
}

const shows = (viewer: Watching, mark: string) => viewer.bytes().includes(mark);

describe("an encoder with a good key", () => {
	it("is seen by viewers, with metadata, headers and a key frame first", async () => {
		await start();
		const host = await goLive("7");
		const viewer = await watch("7");
		expect(viewer.status()).toBe(200);
		await until(() => viewer.tags().length >= 4);
		const [script, video, audio, picture] = viewer.tags();
		expect(script?.payload.subarray(0, 13).toString("latin1")).toBe("\u0002\u0000\nonMetaData");
		expect([video?.payload[1], audio?.payload[1]].sort()).toEqual([0, 0]);
		expect(picture?.payload[0]).toBe(0x17);
		host.show("LATER", { from: 10 });
		await until(() => shows(viewer, "LATER"));
	});

	it("is reported when it starts, while it lasts and when it is gone", async () => {
		await start({ healthMilliseconds: 100, bitrateWindowMilliseconds: 100 });
		const host = await goLive("7");
		await until(() => node.rooms.count("streamStarted") === 1);
		const generation = node.rooms.generation;
		const about = { roomId: "7", generation };
		expect(node.rooms.last("streamStarted")).toMatchObject({
			...about,
			nodeId: node.broker.nodeID,
			info: { video: "h264", width: 640, height: 360 }
		});
		let from = 10;
		await until(() => {
			host.show("HOST", { from, frames: 20 });
			from += 20;
			const { info = {} } = node.rooms.last("streamHealth") ?? {};
			return info.gopSeconds === 0.4 && Number(info.fps) > 0;
		});
		expect(node.rooms.last("streamHealth")?.info).toMatchObject({ video: "h264", audio: "aac" });
		host.destroy();
		await until(() => node.rooms.count("streamStopped") === 1);
		expect(node.rooms.last("streamStopped")).toEqual({ ...about, reason: "disconnected" });
		expect(await node.flvUrl("7")).toBe("");
	});

	it("is counted, with its viewers and the bytes of both ways", async () => {
		await opened.close();
		opened = await memory.open({ variables: { METRICS_PORT: "0" } });
		await start();
		const host = await goLive("7");
		await watch("7");
		const value = (name: string) => node.broker.metrics.getMetric(name)?.get()?.value ?? 0;
		await until(() => value("media.streams.open") === 1 && value("media.viewers.open") === 1);
		expect(value("media.encoders.connected")).toBe(1);
		expect(value("media.in.bytes")).toBeGreaterThan(1_000);
		expect(value("media.out.bytes")).toBeGreaterThan(1_000);
		host.destroy();
		await until(() => value("media.streams.open") === 0 && value("media.viewers.open") === 0);
	});

	it("ends for its viewers when it goes", async () => {
		await start();
		const host = await goLive("7");
		const viewer = await watch("7");
		await until(() => shows(viewer, "HOST"));
		host.destroy();
		await until(() => viewer.isClosed());
		expect((await watchHttp(node.signed("7"))).status()).toBe(404);
	});

	it("waits for the answer without a frame getting through, then nothing is missing", async () => {
		await start();
		let letGo = () => {};
		node.rooms.beforeJudging = () => new Promise((resolve) => (letGo = resolve));
		const host = client();
		await host.ask(node.rooms.keyFor("7"));
		host.show("EARLY");
		await until(() => node.rooms.count("authorizePublish") === 1);
		expect((await watchHttp(node.signed("7"))).status()).toBe(404);
		letGo();
		await until(async () => (await node.flvUrl("7")) !== "");
		const viewer = await watch("7");
		await until(() => viewer.tags().length >= 3 + 20);
		expect(viewer.tags()[3]?.payload[0]).toBe(0x17);
	});
});

describe("an encoder without a good key", () => {
	const bad: readonly [string, () => string][] = [
		["none", () => "7"],
		["an empty one", () => ""],
		["of another room", () => node.rooms.keyFor("8").replace("8?", "7?")],
		["a wrong one", () => `7?k=1&e=4000000000&s=${"0".repeat(64)}`],
		["one with a path", () => "../7?k=1&e=4000000000&s=00"],
		["one that is too long", () => `7?k=${"a".repeat(1_000)}`],
		[
			"a rotated one",
			() => {
				const old = node.rooms.keyFor("7");
				node.rooms.told.push({ action: "streamHealth", params: {} });
				node.rooms.keyFor("7");
				return old;
			}
		]
	];

	it.each(bad)("%s: not a byte reaches a viewer of the live room", async (_, keyOf) => {
		await start({ takeoverMilliseconds: 0 });
		await goLive("7");
		const viewer = await watch("7");
		const attacker = client({ ignoresEnd: true });
		expect(await attacker.publish(keyOf())).toBe(false);
		attacker.show("EVIL");
		await until(() => attacker.isClosed || attacker.isEnded);
		attacker.show("EVIL");
		clients[0]?.show("STILL", { from: 10 });
		await until(() => shows(viewer, "STILL"));
		expect(shows(viewer, "EVIL")).toBe(false);
		expect(node.rooms.count("streamStopped")).toBe(0);
	});

	it("is refused while `rooms` is silent, away or broken", async () => {
		await start({ authorizeMilliseconds: 150 });
		const key = node.rooms.keyFor("7");
		let letGo = () => {};
		node.rooms.beforeJudging = () => new Promise((resolve) => (letGo = resolve));
		expect(await client().publish(key)).toBe(false);
		letGo();
		node.rooms.beforeJudging = () => Promise.reject(new Error("broken"));
		expect(await client().publish(key)).toBe(false);
		await node.broker.destroyService("rooms");
		expect(await client().publish(key)).toBe(false);
		expect((await watchHttp(node.signed("7"))).status()).toBe(404);
	});

	it("may not play by RTMP, nor publish into another app", async () => {
		await start();
		await goLive("7");
		const player = client();
		await player.handshake();
		player.send(command("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" }));
		player.send(command("play", 3, null, "7"));
		await until(() => player.isClosed);
		expect(player.answers).not.toContain("HOST");
		expect(await client().publish(node.rooms.keyFor("9"), "other")).toBe(false);
	});
});

describe("two encoders for one room", () => {
	it("the second is refused while the first sends, and changes nothing", async () => {
		await start();
		const host = await goLive("7");
		const viewer = await watch("7");
		const asked = node.rooms.count("authorizePublish");
		const second = client({ ignoresEnd: true });
		expect(await second.publish(node.rooms.keyFor("7"))).toBe(false);
		second.show("SECOND");
		host.show("FIRST", { from: 10 });
		await until(() => shows(viewer, "FIRST"));
		expect(shows(viewer, "SECOND")).toBe(false);
		expect(node.rooms.count("authorizePublish"), "the generation must not rise").toBe(asked);
	});

	it("the second takes over once the first is silent, and the first gets no word in", async () => {
		await start({ takeoverMilliseconds: 200 });
		const first = client({ ignoresEnd: true });
		expect(await first.publish(node.rooms.keyFor("7"))).toBe(true);
		first.show("FIRST");
		await until(() => node.rooms.count("streamStarted") === 1);
		const early = await watch("7");
		const key = node.rooms.keyFor("7");
		await until(() => client().publish(key));
		const second = clients.at(-1) as RtmpClient;
		second.show("SECOND");
		await until(() => early.isClosed());
		await until(() => node.rooms.count("streamStarted") === 2);
		const viewer = await watch("7");
		first.show("GHOST", { from: 10 });
		second.show("MORE", { from: 10 });
		await until(() => shows(viewer, "MORE"));
		expect(shows(viewer, "GHOST")).toBe(false);
		expect(shows(viewer, "FIRST")).toBe(false);
	});

	it("of two who ask at once, the one with the higher generation streams", async () => {
		await start();
		const key = node.rooms.keyFor("7");
		const waiting: (() => void)[] = [];
		node.rooms.beforeJudging = () => new Promise((resolve) => waiting.push(resolve));
		const both = [client(), client()];
		const answers = both.map((one) => one.publish(key));
		await until(() => waiting.length === 2);
		for (const letGo of waiting) letGo();
		await Promise.all(answers);
		for (const [index, one] of both.entries()) one.show(`NUMBER${index}`);
		await until(async () => (await node.flvUrl("7")) !== "");
		await until(() => both.filter((one) => one.isClosed).length === 1);
		const viewer = await watch("7");
		const left = both.findIndex((one) => !one.isClosed);
		await until(() => shows(viewer, `NUMBER${left}`));
	});
});

describe("an encoder is hung up on", () => {
	it("when it is silent for too long", async () => {
		await start({ silenceMilliseconds: 200 });
		const host = await goLive("7");
		await until(() => host.isClosed);
		await until(() => node.rooms.last("streamStopped")?.reason === "silence");
	});

	it("when it sends far too much", async () => {
		await start({ bitsPerSecondMax: 10_000, bitrateWindowMilliseconds: 100 });
		const host = await goLive("7");
		let from = 10;
		await until(() => {
			host.show("HEAVY", { from });
			from += 10;
			return node.rooms.last("streamStopped")?.reason === "bitrate";
		});
	});

	it("by media.kick, unless it is newer than what was kicked", async () => {
		await start();
		const host = await goLive("7");
		const { call } = typed(node.broker);
		await call("media.kick", { roomId: "7", generation: node.rooms.generation - 1 });
		await call("media.kick", { roomId: "8" });
		host.show("STAYS", { from: 10 });
		await until(async () => shows(await watch("7"), "STAYS"));
		await call("media.kick", { roomId: "7", generation: node.rooms.generation });
		await until(() => host.isClosed);
	});

	it("when `rooms` says that it is not current any more", async () => {
		await start({ healthMilliseconds: 50 });
		const host = await goLive("7");
		node.rooms.isCurrent = false;
		await until(() => host.isClosed);
		await until(() => node.rooms.last("streamStopped")?.reason === "replaced");
	});

	it("when the node stops, and `rooms` hears of it before", async () => {
		await start();
		const host = await goLive("7");
		const viewer = await watch("7");
		await node.drain();
		expect(node.rooms.last("streamStopped")?.reason).toBe("restarting");
		await until(() => host.isClosed && viewer.isClosed());
	});
});
