/**
 * What ends or abuses node-media-server as it comes, and does nothing to us. Each attack runs
 * first on the bare package in a child, to show that it is one.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/servers/ports.ts";
import { storeBackends } from "../harness/backends.ts";
import { type NodeProcess, startProcess } from "../harness/platforms.ts";
import { chunksOf, command, RtmpClient, setChunkSize } from "../harness/rtmp/client.ts";
import { videoFrame } from "../harness/rtmp/flv.ts";
import { type MediaNode, startMedia } from "../harness/rtmp/media-node.ts";
import { watchHttp, watchSocket } from "../harness/rtmp/viewer.ts";
import { until } from "../harness/until.ts";

/** What is attacked, bare or ours. */
interface Target {
	readonly rtmpPort: number;
	readonly httpPort: number;
	/** Of the room that is live while the attack runs. */
	readonly watchUrl: string;
	readonly host: RtmpClient;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function startBare(
	mode: "open" | "ask" | "throw" | "close"
): Promise<Target & { child: NodeProcess }> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-bare-"));
	closing.push(() => rmSync(folder, { recursive: true, force: true }));
	const [rtmpPort, httpPort] = [await freePort(), await freePort()];
	const child = startProcess({
		name: "bare",
		script: "test/integration/media/bare-server.ts",
		folder,
		variables: {},
		arguments: [folder, String(rtmpPort), String(httpPort), mode]
	});
	closing.push(() => child.signal("SIGKILL"));
	const base = `http://127.0.0.1:${httpPort}`;
	await until(async () => (await fetch(base)).status > 0, 20_000);
	const host = newClient(rtmpPort);
	return { child, rtmpPort, httpPort, host, watchUrl: `${base}/live/7.flv` };
}

async function startOurs(): Promise<Target & { node: MediaNode }> {
	const opened = await (storeBackends[0] as (typeof storeBackends)[number]).open();
	closing.push(opened.close);
	const node = await startMedia({ env: opened.env });
	closing.push(node.stop);
	const host = newClient(node.rtmpPort);
	expect(await host.publish(node.rooms.keyFor("7"))).toBe(true);
	host.show("HOST");
	await until(async () => (await node.flvUrl("7")) !== "");
	const { rtmpPort, playPort: httpPort } = node;
	return { node, rtmpPort, httpPort, host, watchUrl: node.signed("7") };
}

function newClient(port: number, options: { ignoresEnd?: boolean } = {}): RtmpClient {
	const client = new RtmpClient(port, options);
	closing.push(() => client.destroy());
	return client;
}

async function diesOf(target: Target & { child: NodeProcess }, attack: Attack): Promise<void> {
	let isGone = false;
	target.child.gone.then(() => {
		isGone = true;
	});
	await attack(target);
	await until(() => isGone);
}

/** The room that was live goes on, for a viewer who came before and one who comes after. */
async function survives(target: Target & { node: MediaNode }, attack: Attack): Promise<void> {
	const before = await watchHttp(target.watchUrl);
	closing.push(before.close);
	await attack(target);
	target.host.show("AFTER", { from: 10 });
	await until(() => before.bytes().includes("AFTER"));
	const after = await watchHttp(target.watchUrl);
	closing.push(after.close);
	await until(() => after.bytes().includes("AFTER"));
	expect(target.node.rooms.count("streamStopped")).toBe(0);
}

type Attack = (target: Target) => Promise<void>;

const upgradeToRoot: Attack = async ({ httpPort }) => {
	await watchSocket(`http://127.0.0.1:${httpPort}/`);
};

const pathWithSpace: Attack = async ({ httpPort }) => {
	const socket = connect(httpPort, "127.0.0.1");
	socket.on("error", () => {});
	socket.write("GET /live/a%20b.flv HTTP/1.1\r\nHost: a\r\n\r\n");
	await once(socket, "data").catch(() => {});
	socket.destroy();
};

/** After the handshake, bytes that are no messages, or messages that hold nothing. */
const afterHandshake =
	(bytes: Buffer): Attack =>
	async ({ rtmpPort }) => {
		const client = newClient(rtmpPort, { ignoresEnd: true });
		await client.handshake();
		client.raw(bytes);
		await until(() => client.isClosed || client.isEnded);
	};

const oneByteCommand = afterHandshake(
	chunksOf({ type: 20, payload: Buffer.from([2]), channel: 3 })
);
const emptyChunkSize = afterHandshake(Buffer.from([5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]));
const connectToNothing = afterHandshake(
	chunksOf(command("connect", 1, { app: "live", tcUrl: "" }))
);

describe("one message ends the bare package, and not us", () => {
	it.each([
		["a WebSocket upgrade to /", upgradeToRoot],
		["a path with a space in it", pathWithSpace],
		["a command that is none", oneByteCommand],
		["a chunk size without a size", emptyChunkSize],
		["a connect without an address", connectToNothing]
	])("%s", async (_, attack) => {
		await diesOf(await startBare("open"), attack);
		await survives(await startOurs(), attack);
	});

	it("a listener that throws", async () => {
		const attack: Attack = ({ rtmpPort }) => newClient(rtmpPort).ask("7");
		await diesOf(await startBare("throw"), attack);
		const target = await startOurs();
		target.node.rooms.beforeJudging = () => {
			throw new Error("A listener with a bug.");
		};
		await survives(target, async ({ rtmpPort }) => {
			expect(await newClient(rtmpPort).publish(target.node.rooms.keyFor("9"))).toBe(false);
		});
	});
});

describe("frames of a stranger in a stream that is live", () => {
	const inject = async (target: Target, key: string): Promise<boolean> => {
		const viewer = await watchHttp(target.watchUrl);
		closing.push(viewer.close);
		const attacker = newClient(target.rtmpPort, { ignoresEnd: true });
		await attacker.ask(key);
		await until(() => attacker.answers.length > 3_200 || attacker.isClosed);
		for (let number = 0; number < 20; number += 1) {
			attacker.tag(videoFrame("EVIL", number));
			target.host.tag(videoFrame("HOST", number));
		}
		target.host.show("LAST", { from: 30 });
		await until(() => viewer.bytes().includes("LAST"));
		return viewer.bytes().includes("EVIL");
	};

	/** As the package wants it. */
	const signed = (): string => {
		const hash = createHash("md5").update("/live/7-4000000000-secret").digest("hex");
		return `7?sign=4000000000-${hash}`;
	};

	it.each([
		["without a key, while the package checks keys", "ask"],
		["as a second publisher", "open"]
	] as const)("%s", async (_, mode) => {
		const bare = await startBare(mode);
		await bare.host.ask(mode === "ask" ? signed() : "7");
		await until(() => bare.host.answers.includes("Publish.Start"));
		bare.host.show("HOST");
		expect(await inject(bare, "7"), "the bare package lets it through").toBe(true);
		const ours = await startOurs();
		for (const key of ["7", "7?sign=1", `7?k=1&e=4000000000&s=${"0".repeat(64)}`]) {
			expect(await inject(ours, key)).toBe(false);
		}
	});

	it("after `close()`, which the package takes for a refusal", async () => {
		const bare = await startBare("close");
		const viewer = await watchHttp(bare.watchUrl);
		closing.push(viewer.close);
		const refused = newClient(bare.rtmpPort, { ignoresEnd: true });
		await refused.ask("7");
		await until(() => refused.isEnded);
		refused.show("EVIL");
		await until(() => viewer.bytes().includes("EVIL"));
	});
});

describe("what a client can make us hold", () => {
	const external = () => process.memoryUsage().external;
	const megabyte = 1024 * 1024;

	it("is not a megabyte for each viewer", async () => {
		const ours = await startOurs();
		const before = external();
		for (let count = 0; count < 30; count += 1) {
			closing.push((await watchHttp(ours.watchUrl)).close);
		}
		expect(external() - before).toBeLessThan(10 * megabyte);
	});

	it("is not a buffer for each message that it announces", async () => {
		const ours = await startOurs();
		const before = external();
		await survives(ours, async ({ rtmpPort }) => {
			for (const length of [0xffffff, 60_000]) {
				const client = newClient(rtmpPort, { ignoresEnd: true });
				await client.handshake();
				client.send(setChunkSize(32));
				for (let channel = 3; channel < 64; channel += 1) {
					const header = Buffer.alloc(12 + 32);
					header[0] = channel;
					header.writeUIntBE(length, 4, 3);
					header[7] = 9;
					client.raw(header);
				}
				await until(() => client.isClosed || client.isEnded);
			}
		});
		expect(external() - before).toBeLessThan(10 * megabyte);
	});

	it("is not work done again for a message that another one cuts short", async () => {
		const ours = await startOurs();
		await survives(ours, async ({ rtmpPort }) => {
			const client = newClient(rtmpPort, { ignoresEnd: true });
			await client.handshake();
			const long = chunksOf({ type: 9, payload: Buffer.alloc(40_000, 4), channel: 4 });
			client.raw(long.subarray(0, 12 + 4096));
			client.send({ type: 9, payload: Buffer.alloc(1), channel: 4 });
			await until(() => client.isClosed || client.isEnded);
		});
	});

	it("is not talk without end before the publish command", async () => {
		const opened = await (storeBackends[0] as (typeof storeBackends)[number]).open();
		closing.push(opened.close);
		const node = await startMedia({ env: opened.env, bounds: { handshakeMilliseconds: 60_000 } });
		closing.push(node.stop);
		const talker = newClient(node.rtmpPort, { ignoresEnd: true });
		await talker.handshake();
		for (let count = 0; count < 2_000; count += 1) talker.send(command("createStream", 2, null));
		await until(() => talker.isClosed || talker.isEnded);
	});

	it("is not a connection that never says what it wants", async () => {
		const opened = await (storeBackends[0] as (typeof storeBackends)[number]).open();
		closing.push(opened.close);
		const bounds = { handshakeMilliseconds: 300, publishersPerAddressMax: 4 };
		const node = await startMedia({ env: opened.env, bounds });
		closing.push(node.stop);
		const silent = newClient(node.rtmpPort);
		const slow = newClient(node.rtmpPort);
		const drip = setInterval(() => slow.raw(Buffer.from([3])), 20);
		closing.push(() => clearInterval(drip));
		const garbage = newClient(node.rtmpPort);
		garbage.raw(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
		const half = newClient(node.rtmpPort);
		await half.handshake();
		const fifth = newClient(node.rtmpPort);
		await until(() => fifth.isClosed);
		await until(() => [silent, slow, garbage, half].every((client) => client.isClosed));
		expect(await newClient(node.rtmpPort).publish(node.rooms.keyFor("7"))).toBe(true);
	});
});
