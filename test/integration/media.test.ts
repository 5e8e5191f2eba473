/** The media node among its neighbours: durable facts, the shared registry, and a real encoder. */
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { send } from "../../mixins/channels/index.ts";
import { storeBackends } from "../harness/backends.ts";
import { RtmpClient } from "../harness/rtmp/client.ts";
import { FakeRooms } from "../harness/rtmp/fake-rooms.ts";
import { type MediaNode, startMedia } from "../harness/rtmp/media-node.ts";
import { watchHttp } from "../harness/rtmp/viewer.ts";
import { until } from "../harness/until.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function open(name: "memory" | "redis" = "memory") {
	const backend = storeBackends.find((one) => one.name === name);
	const opened = await (backend as (typeof storeBackends)[number]).open();
	closing.push(opened.close);
	return opened.env;
}

async function goLive(node: MediaNode, key: string): Promise<RtmpClient> {
	const host = new RtmpClient(node.rtmpPort);
	closing.push(() => host.destroy());
	expect(await host.publish(key)).toBe(true);
	host.show("HOST");
	return host;
}

const tell = (node: MediaNode, channel: string, payload: object): Promise<void> => {
	const id = randomUUID();
	const message = { id, channel, payload: JSON.stringify(payload), messageId: id };
	return send(node.broker, { ...message, consumer: null, requestId: null });
};

describe("what `rooms` publishes", () => {
	it("a new key hangs up on who streams with the old one, and on nobody newer", async () => {
		const node = await startMedia({ env: await open() });
		closing.push(node.stop);
		const old = await goLive(node, node.rooms.keyFor("7"));
		const { generation } = node.rooms;
		await tell(node, "rooms.keyRotated", { roomId: "7", generation });
		await until(() => old.isClosed);
		const fresh = await goLive(node, node.rooms.keyFor("7"));
		await tell(node, "rooms.keyRotated", { roomId: "7", generation });
		await until(async () => (await node.flvUrl("7")) !== "");
		expect(fresh.isClosed).toBe(false);
	});

	it("the end of a session hangs up, whatever the reason", async () => {
		const node = await startMedia({ env: await open() });
		closing.push(node.stop);
		const host = await goLive(node, node.rooms.keyFor("7"));
		const at = new Date().toISOString();
		const session = { roomId: "7", sessionId: "1", hostId: "5", at, reason: "banned" };
		await tell(node, "rooms.ended", session);
		await until(() => host.isClosed);
	});
});

const redis = storeBackends.find(({ name }) => name === "redis");

describe.skipIf(!redis?.available)("two nodes with one registry", () => {
	async function startTwo() {
		const env = await open("redis");
		const rooms = new FakeRooms();
		const bounds = { takeoverMilliseconds: 300 };
		const [a, b] = await Promise.all([
			startMedia({ env, rooms, bounds, nodeId: "media-a" }),
			startMedia({ env, rooms, bounds, nodeId: "media-b" })
		]);
		closing.push(b.stop, a.stop);
		return { a, b, rooms };
	}

	it("each names the node that has the stream", async () => {
		const { a, b, rooms } = await startTwo();
		const host = await goLive(a, rooms.keyFor("7"));
		await until(async () => (await b.flvUrl("7")) !== "");
		const url = await b.flvUrl("7");
		expect(new URL(url).port).toBe(String(a.playPort));
		const viewer = await watchHttp(url);
		closing.push(viewer.close);
		await until(() => viewer.bytes().includes("HOST"));
		host.destroy();
		await until(async () => (await b.flvUrl("7")) === "");
	});

	it("one publisher per room holds over nodes, until it is silent", async () => {
		const { a, b, rooms } = await startTwo();
		const host = await goLive(a, rooms.keyFor("7"));
		await until(async () => (await b.flvUrl("7")) !== "");
		const steady = setInterval(() => host.show("HOST", { from: 10 }), 50);
		closing.push(() => clearInterval(steady));
		const key = rooms.keyFor("7");
		const second = new RtmpClient(b.rtmpPort);
		closing.push(() => second.destroy());
		expect(await second.publish(key)).toBe(false);
		clearInterval(steady);
		await until(async () => {
			const third = new RtmpClient(b.rtmpPort);
			closing.push(() => third.destroy());
			if (!(await third.publish(key))) return false;
			third.show("THIRD");
			return true;
		});
		// The older node hears of the newer generation from the registry, and lets go.
		await until(() => host.isClosed);
		await until(async () => new URL(await a.flvUrl("7")).port === String(b.playPort));
	});
});

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

describe.skipIf(!hasFfmpeg)("a real encoder", () => {
	function push(node: MediaNode, key: string) {
		const source = "testsrc=size=320x180:rate=25";
		const child = spawn(
			"ffmpeg",
			[
				["-v", "error", "-re", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine"],
				["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25"],
				["-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv"],
				[`rtmp://127.0.0.1:${node.rtmpPort}/live/${key}`]
			].flat(),
			{ stdio: "ignore" }
		);
		closing.push(() => child.kill("SIGKILL"));
		return child;
	}

	it("is decoded by a real player, measured, and missed when it is killed", async () => {
		const node = await startMedia({ env: await open(), bounds: { healthMilliseconds: 500 } });
		closing.push(node.stop);
		const encoder = push(node, node.rooms.keyFor("7"));
		await until(async () => (await node.flvUrl("7")) !== "", 20_000);
		const probe = spawn("ffprobe", [
			...["-v", "error", "-read_intervals", "%+2", "-count_frames", "-of", "json"],
			...["-show_streams", await node.flvUrl("7")]
		]);
		closing.push(() => probe.kill("SIGKILL"));
		let output = "";
		probe.stdout.on("data", (chunk) => {
			output += chunk;
		});
		const viewer = await watchHttp(await node.flvUrl("7"));
		closing.push(viewer.close);
		const isMeasured = () => {
			const { fps, kilobitsPerSecond } = node.rooms.last("streamHealth")?.info ?? {};
			return Number(fps) > 0 && Number(kilobitsPerSecond) > 0;
		};
		await until(isMeasured, 20_000);
		const { info } = node.rooms.last("streamHealth") ?? {};
		expect(info).toMatchObject({ video: "h264", audio: "aac", width: 320, height: 180 });
		encoder.kill("SIGKILL");
		await until(() => node.rooms.count("streamStopped") === 1);
		await until(() => viewer.isClosed() && probe.exitCode !== null);
		const { streams } = JSON.parse(output) as { streams: Record<string, unknown>[] };
		expect(streams.map(({ codec_name }) => codec_name).sort()).toEqual(["aac", "h264"]);
		expect(Number(streams.find(({ width }) => width === 320)?.nb_read_frames)).toBeGreaterThan(10);
	});

	it("is told why it may not", async () => {
		const node = await startMedia({ env: await open() });
		closing.push(node.stop);
		const encoder = push(node, `7?k=1&e=4000000000&s=${"0".repeat(64)}`);
		await until(() => encoder.exitCode !== null, 20_000);
		expect(encoder.exitCode).not.toBe(0);
		expect(node.rooms.count("streamStarted")).toBe(0);
	});
});
