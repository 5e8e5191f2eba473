/** Who may watch, and what viewers can cost. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Opened, storeBackends } from "../../test/harness/backends.ts";
import { RtmpClient } from "../../test/harness/rtmp/client.ts";
import { videoFrame } from "../../test/harness/rtmp/flv.ts";
import { type MediaNode, startMedia } from "../../test/harness/rtmp/media-node.ts";
import { type Watching, watchHttp, watchSocket } from "../../test/harness/rtmp/viewer.ts";
import { until } from "../../test/harness/until.ts";
import type { MediaBounds } from "./media.bounds.ts";

let opened: Opened;
let node: MediaNode;
let host: RtmpClient;
const closing: (() => void)[] = [];

beforeEach(async () => {
	opened = await (storeBackends[0] as (typeof storeBackends)[number]).open();
});
afterEach(async () => {
	for (const close of closing.splice(0)) close();
	await node.stop();
	await opened.close();
});

async function start(bounds: Partial<MediaBounds> = {}): Promise<void> {
	node = await startMedia({ env: opened.env, bounds });
	host = new RtmpClient(node.rtmpPort);
	closing.push(() => host.destroy());
	expect(await host.publish(node.rooms.keyFor("7"))).toBe(true);
	host.show("HOST");
	await until(async () => (await node.flvUrl("7")) !== "");
}

type Watch = typeof watchHttp;

async function watch(by: Watch, url: string, headers = {}): Promise<Watching> {
	const viewer = await by(url, headers);
	closing.push(viewer.close);
	return viewer;
}

function plain(): Socket {
	const socket = connect(node.playPort, "127.0.0.1");
	socket.on("error", () => {});
	closing.push(() => socket.destroy());
	return socket;
}

const ways: readonly [string, Watch, number][] = [
	["HTTP", watchHttp, 200],
	["WebSocket", watchSocket, 101]
];

describe.each(ways)("by %s", (_, by, good) => {
	it("shows the stream to whom has an address of `media.sources`", async () => {
		await start();
		const viewer = await watch(by, await node.flvUrl("7"));
		expect(viewer.status()).toBe(good);
		await until(() => viewer.bytes().includes("HOST"));
		expect(viewer.tags().length).toBeGreaterThan(3);
	});

	it("refuses without saying whether there is a stream", async () => {
		await start();
		const url = node.signed("7");
		const past = node.signed("7", Math.floor(Date.now() / 1_000) - 1);
		const copied = node.signed("8").replace("/8.flv", "/7.flv");
		for (const bad of [past, copied, `${url}0`, url.split("?")[0] ?? "", node.signed("7", 0)]) {
			const viewer = await watch(by, bad);
			expect([bad, viewer.status()]).toEqual([bad, 403]);
			expect(viewer.bytes().includes("HOST")).toBe(false);
		}
		expect((await watch(by, node.signed("8"))).status()).toBe(404);
		const base = `http://127.0.0.1:${node.playPort}`;
		for (const path of ["/", "/live/a%20b.flv", "/live/7", "/live/%zz.flv", "/api"]) {
			expect((await watch(by, base + path)).status()).toBe(404);
		}
	});

	it("lets pages of ours in, and no others", async () => {
		await start();
		const url = node.signed("7");
		const ours = await watch(by, url, { origin: "http://localhost:3000" });
		expect(ours.status()).toBe(good);
		const evil = await watch(by, url, { origin: "http://evil.example" });
		expect(evil.status()).toBe(403);
		expect(evil.headers()["access-control-allow-origin"]).toBeUndefined();
		const own = { origin: "http://127.0.0.1:3000" };
		const refused = await watch(watchHttp, node.signed("8"), own);
		expect(refused.headers()["access-control-allow-origin"]).toBe(own.origin);
	});

	it("sends away whom it has no place for, and lets one in when a place is free", async () => {
		await start({ viewersMax: 2 });
		const first = await watch(by, node.signed("7"));
		await watch(by, node.signed("7"));
		const third = await watch(by, node.signed("7"));
		expect(third.status()).toBe(503);
		expect(Number(third.headers()["retry-after"])).toBeGreaterThan(0);
		first.close();
		await until(async () => (await watch(by, node.signed("7"))).status() === good);
	});

	it("bounds the viewers of one address", async () => {
		await start({ viewersPerAddressMax: 1 });
		expect((await watch(by, node.signed("7"))).status()).toBe(good);
		expect((await watch(by, node.signed("7"))).status()).toBe(503);
	});

	it("ends with the stream", async () => {
		await start();
		const viewer = await watch(by, node.signed("7"));
		host.destroy();
		await until(() => viewer.isClosed());
	});
});

describe("a viewer who does not read", () => {
	async function stalled(): Promise<Socket> {
		const socket = plain();
		const url = new URL(node.signed("7"));
		socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: a\r\n\r\n`);
		await once(socket, "readable");
		return socket;
	}

	it("is skipped at its bound and closed after a while; others see every frame", async () => {
		await start({ unsentBytesMax: 256 * 1024, stallMilliseconds: 1_000 });
		const reader = await watch(watchHttp, node.signed("7"));
		await stalled();
		let number = 10;
		const seen = () => reader.tags().filter(({ payload }) => payload.includes("BIG")).length;
		await until(async () => {
			// Key frames alone, so that there is nothing to leave out.
			host.tag(videoFrame("BIG", number, 100_000));
			number += 10;
			await until(() => seen() === (number - 10) / 10);
			return inside().streams.viewers === 1;
		}, 14_000);
		expect(number, "frames that the reader saw").toBeGreaterThan(20);
	});
});

const inside = () =>
	node.broker.getLocalService("media") as unknown as {
		streams: { viewers: number };
	};

describe("a connection that asks for nothing", () => {
	it("is closed, also when it writes its request a byte at a time", async () => {
		await start({ requestMilliseconds: 300 });
		const silent = plain();
		const slow = plain();
		slow.write("GET /live/7.flv HTTP/1.1\r\n");
		const drip = setInterval(() => slow.write("x"), 20);
		closing.push(() => clearInterval(drip));
		silent.resume();
		slow.resume();
		await Promise.all([once(silent, "close"), once(slow, "close")]);
	});

	it("takes no place of viewers, however many of them an address opens", async () => {
		await start({ viewersPerAddressMax: 5 });
		const idle = Array.from({ length: 30 }, plain);
		for (const socket of idle) socket.resume();
		await until(() => idle.filter(({ destroyed }) => destroyed).length === 20);
		for (const socket of idle) socket.destroy();
		await until(async () => (await watch(watchHttp, node.signed("7"))).status() === 200);
	});

	it("does no harm with garbage, other methods, and what follows a good request", async () => {
		await start();
		const viewer = await watch(watchHttp, node.signed("7"));
		for (const text of ["\u0000\u0001\u0002", "GET\r\n\r\n", "POST /live/7.flv HTTP/1.1\r\n\r\n"]) {
			const socket = plain();
			socket.write(text);
			socket.end();
			socket.resume();
			await once(socket, "close");
		}
		const url = new URL(node.signed("7"));
		const request = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: a\r\n\r\n`;
		plain().write(request.repeat(200));
		const post = await fetch(node.signed("7"), { method: "POST", body: "FLV" });
		expect(post.status).toBe(405);
		const talker = await watch(watchSocket, node.signed("7"));
		expect(talker.status()).toBe(101);
		host.show("AFTER", { from: 10 });
		await until(() => viewer.bytes().includes("AFTER"));
	});
});
