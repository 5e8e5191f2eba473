import { connect as connectTcp, type Socket as TcpSocket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type ImStage, startImStage } from "../../test/harness/im-stage.ts";
import { until } from "../../test/harness/until.ts";

let stage: ImStage;
beforeEach(async () => {
	stage = await startImStage({ RATE_LIMITS: "off" });
});
afterEach(() => stage.stop());

describe("readers", () => {
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
		tcp.once("data", () => {
			send("40");
			send('420["call","im.enter",{"roomId":"1"}]');
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
