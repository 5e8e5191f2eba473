import { connect as connectTcp, type Socket as TcpSocket } from "node:net";
import type { Socket } from "socket.io";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type ImStage, startImStage } from "../../test/harness/im-stage.ts";
import { until } from "../../test/harness/until.ts";
import { Batch } from "./im-gateway.frames.ts";
import { Outlet } from "./im-gateway.outlet.ts";

/** An engine.io socket whose kernel takes bytes when told to; what came which way. */
function fakeEngine() {
	const ways: string[] = [];
	const socket = {
		bufferedAmount: 0,
		_socket: {
			write(bytes: Buffer) {
				ways.push("straight");
				socket.bufferedAmount += bytes.length;
			}
		},
		terminate() {}
	};
	const conn = {
		readyState: "open",
		transport: { name: "websocket", writable: true, socket },
		writeBuffer: [] as object[],
		on() {},
		write(data: string) {
			ways.push("queued");
			conn.writeBuffer.push({ data });
		}
	};
	return { ways, socket, conn };
}

describe("an outlet", () => {
	const bounds = { shedBytes: 1_000, unsentBytesMax: 2_000, stalledMillisecondsMax: 5_000 };
	const batch = () => new Batch([{ reliable: true, json: '{"n":1}' }]);

	it("writes past the queues only while nothing waits in them", () => {
		const { ways, socket, conn } = fakeEngine();
		const outlet = new Outlet({ conn } as unknown as Socket, bounds, () => 0);
		outlet.write(batch());
		outlet.write(batch());
		socket.bufferedAmount = 0;
		outlet.write(batch());
		conn.writeBuffer = [];
		outlet.write(batch());
		socket.bufferedAmount = 0;
		conn.transport.writable = false;
		outlet.write(batch());
		expect(ways).toEqual(["straight", "queued", "queued", "straight", "queued"]);
	});

	it("calls a reader stalled only when it takes nothing", () => {
		let now = 0;
		const { socket, conn } = fakeEngine();
		const outlet = new Outlet({ conn } as unknown as Socket, bounds, () => now);
		for (; now < 20_000; now += 1_000) {
			// Taken in time for the next write, and never when somebody looks.
			socket.bufferedAmount = 0;
			outlet.write(batch());
			expect(outlet.isStalled(now)).toBe(false);
		}
		expect(outlet.isStalled(now + 5_000)).toBe(true);
	});
});

describe("readers", () => {
	let stage: ImStage;
	beforeEach(async () => {
		stage = await startImStage({ RATE_LIMITS: "off" });
	});
	afterEach(() => stage.stop());

	/** A WebSocket that says hello, enters room 1, and then reads no more. */
	async function stalledReader(): Promise<TcpSocket> {
		const { port } = new URL(stage.url);
		const tcp = connectTcp(Number(port), "127.0.0.1");
		const head = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", `Host: 127.0.0.1:${port}`];
		const upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
		const lines = [...head, ...upgrade, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""];
		tcp.write(lines.join("\r\n"));
		const send = (text: string) => {
			const body = Buffer.from(text);
			tcp.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]));
		};
		// What the server says, and what it hears then: each step waits for the one before it.
		const steps: [string, string][] = [
			["pingInterval", "40"],
			['40{"sid"', '420["call","im.enter",{"roomId":"1"}]']
		];
		let heard = "";
		tcp.on("data", (bytes: Buffer) => {
			heard += bytes.toString("latin1");
			const [step] = steps;
			if (!step || !heard.includes(step[0])) return;
			steps.shift();
			send(step[1]);
		});
		tcp.on("error", () => {});
		await until(async () => {
			const { items } = await stage.call("im-gateway.sockets");
			return items.some(({ rooms }) => rooms.length > 0);
		});
		tcp.pause();
		return tcp;
	}

	it("that do not read are closed within bounds, and nobody else notices", async () => {
		const healthy = await stage.connect();
		const tcp = await stalledReader();
		await healthy.call("im.enter", { roomId: "1" });
		let most = 0;
		const wide = "x".repeat(8_000);
		await until(async () => {
			await stage.append("1", [wide, wide, wide, wide]);
			const { items } = await stage.call("im-gateway.sockets");
			most = Math.max(most, ...items.map(({ unsentBytes }) => unsentBytes));
			return items.length === 1;
		}, 12_000);
		expect(most).toBeGreaterThan(0);
		expect(most).toBeLessThanOrEqual(limits.socketUnsentBytesMax);
		const end = stage.state.log.lines.length;
		await until(() => healthy.lines.length === end);
		expect(healthy.ofKind("chat").map(({ offset }) => offset)).toEqual(
			Array.from({ length: end }, (_, index) => index + 1)
		);
		tcp.destroy();
	});
});
