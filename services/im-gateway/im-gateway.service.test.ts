import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type ImStage, startImStage, tokenOf } from "../../test/harness/im-stage.ts";
import type { SocketClient } from "../../test/harness/socket-clients.ts";
import { until } from "../../test/harness/until.ts";

let stage: ImStage;
beforeEach(async () => {
	stage = await startImStage();
});
afterEach(() => stage.stop());

const as = async (userId: string, deviceId = `device-${userId}`): Promise<SocketClient> =>
	stage.connect({ token: await tokenOf(userId), deviceId });
const _refusedAs = (code: string) => ({ code, message: expect.any(String) });

describe("connecting", () => {
	it("says ready to guests and users, with the epoch of the connection", async () => {
		const guest = await stage.connect();
		expect(guest.sessions).toEqual([{ kind: "ready", epoch: 0, sequence: 0 }]);
		const user = await as("7");
		expect(user.sessions).toEqual([{ kind: "ready", epoch: 1_001, sequence: 0 }]);
	});

	it.each([[1], ["short"], ["x".repeat(65)], ["../../etc/passwd"], [{ $ne: "" }], [["a"]]])(
		"refuses the device %j",
		async (deviceId) => {
			const refused = stage.connect({ deviceId });
			await expect(refused).rejects.toMatchObject({ data: { code: "DEVICE_NOT_VALID" } });
		}
	);

	it("refuses a token that is not one, and tells nothing else", async () => {
		await expect(stage.connect({ token: "a.b.c" })).rejects.toMatchObject({
			data: { code: "INVALID_TOKEN", message: "The access token is not valid." }
		});
		// A query is kept in logs: a token there is not looked at.
		const query = { token: await tokenOf("7") };
		expect((await stage.connect({}, { query })).sessions[0]?.epoch).toBe(0);
	});

	it("closes the older socket of a device, and leaves other devices alone", async () => {
		const [first, laptop] = [await as("7"), await as("7", "laptop-7")];
		const second = await as("7");
		await until(() => !first.socket.connected);
		expect(first.sessions.at(-1)).toEqual({ kind: "kicked" });
		expect([laptop.socket.connected, second.socket.connected]).toEqual([true, true]);
	});

	it("closes a socket whose device connects on another node", async () => {
		const client = await as("7");
		const newer = { userId: "7", deviceId: "device-7", epoch: 5_000, incarnation: "other" };
		await stage.broker.broadcast("im-gateway.connected", { ...newer, epoch: 500 });
		expect(client.socket.connected).toBe(true);
		await stage.broker.broadcast("im-gateway.connected", newer);
		await until(() => !client.socket.connected);
		expect(client.sessions.at(-1)).toEqual({ kind: "kicked" });
	});

	it.each([
		["banned", "banned"],
		["signed-out", "kicked"]
	])("closes the sockets of a session that is over: %s", async (reason, kind) => {
		const [client, other] = [await as("7"), await as("8")];
		const over = { sessionId: "7", userId: "7", reason };
		await stage.broker.broadcast("auth.sessionEnded", over);
		await until(() => !client.socket.connected);
		expect(client.sessions.at(-1)).toEqual({ kind });
		expect(other.socket.connected).toBe(true);
	});

	it("closes a socket when its token is over", async () => {
		const client = await stage.connect({ token: await tokenOf("7", "7", 1) });
		await until(() => !client.socket.connected, 9_000);
		expect(client.sessions.at(-1)).toEqual({ kind: "expiring" });
	});

	it("bounds the devices of a user", async () => {
		for (let device = 0; device < limits.socketsPerUserMax; device += 1) {
			await as("7", `device-number-${device}`);
		}
		await expect(as("7", "one-too-many")).rejects.toMatchObject({
			data: { code: "TOO_MANY_SOCKETS" }
		});
	});

	it("tells sockets and router before it stops, and does not hang", async () => {
		const client = await as("7");
		await stage.broker.stop();
		await until(() => !client.socket.connected);
		expect(client.sessions.at(-1)).toEqual({ kind: "restarting" });
		expect(stage.state.calls.some(({ name }) => name === "disconnect")).toBe(true);
	});

	it("speaks to sockets that poll, too", async () => {
		const client = await stage.connect({}, { transports: ["polling"] });
		await client.call("im.enter", { roomId: "1" });
		await stage.append("1", ["one", "two"]);
		await until(() => client.lines.length === 2);
		expect(client.lines).toEqual(["one", "two"]);
	});

	it("speaks to a client with default options while it upgrades", async () => {
		const client = await stage.connect({}, { transports: ["polling", "websocket"] });
		await client.call("im.enter", { roomId: "1" });
		const isUpgraded = () => client.socket.io.engine.transport.name === "websocket";
		let sent = 0;
		await until(async () => {
			sent += 1;
			await stage.append("1", [`line ${sent}`]);
			return isUpgraded() && sent > 5;
		});
		await until(() => client.lines.length === sent);
		expect(client.ofKind("chat").map(({ offset }) => offset)).toEqual(
			Array.from({ length: sent }, (_, index) => index + 1)
		);
	});
});
