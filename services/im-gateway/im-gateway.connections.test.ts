import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImStage, startImStage, tokenOf } from "../../test/harness/im-stage.ts";
import type { SocketClient } from "../../test/harness/socket-clients.ts";
import { until } from "../../test/harness/until.ts";

let stage: ImStage;
beforeEach(async () => {
	stage = await startImStage({ RATE_LIMITS: "off" });
});
afterEach(() => stage.stop());

const as = async (userId: string): Promise<SocketClient> =>
	stage.connect({ token: await tokenOf(userId), deviceId: `device-${userId}` });

describe("reliable messages", () => {
	const direct = (sequence: number, epoch: number) => ({
		...{ userId: "7", deviceId: "device-7", epoch, sequence },
		json: JSON.stringify({ id: `p${sequence}`, class: "reliable", kind: "private", sequence })
	});
	const sequences = (client: SocketClient) =>
		client.ofKind("private").map(({ sequence }) => sequence);

	it("wait for those before them, come again until they are acked, and then no more", async () => {
		const client = await as("7");
		const epoch = stage.state.epoch;
		await stage.deliver({ direct: [direct(2, epoch)] });
		await stage.deliver({ direct: [direct(1, epoch)] });
		await until(() => sequences(client).length >= 2);
		expect(sequences(client).slice(0, 2)).toEqual([1, 2]);
		await until(() => sequences(client).length >= 4);
		await client.call("im.ack", { upTo: 1 });
		const { params } = stage.state.calls.findLast(({ name }) => name === "ack") ?? {};
		expect(params).toEqual({ userId: "7", deviceId: "device-7", epoch, upTo: 1 });
		const before = sequences(client).filter((one) => one === 1).length;
		await until(() => sequences(client).filter((one) => one === 2).length >= 3);
		expect(sequences(client).filter((one) => one === 1)).toHaveLength(before);
	});

	it("cannot be acked before they were sent", async () => {
		const client = await as("7");
		await client.call("im.ack", { upTo: Number.MAX_SAFE_INTEGER });
		const { params } = stage.state.calls.findLast(({ name }) => name === "ack") ?? {};
		expect(params).toMatchObject({ upTo: 0 });
	});

	it("that got lost on their way come with a new registration", async () => {
		const client = await as("7");
		const { epoch } = stage.state;
		stage.state.pending = [
			{ id: "p1", class: "reliable", kind: "private", sequence: 1 },
			{ id: "p2", class: "reliable", kind: "private", sequence: 2 }
		];
		stage.state.sequence = 2;
		await stage.deliver({ direct: [direct(2, epoch)] });
		await until(() => sequences(client).length >= 2);
		expect(sequences(client).slice(0, 2)).toEqual([1, 2]);
		expect(client.sessions.at(-1)).toMatchObject({ kind: "ready", epoch: epoch + 1, sequence: 2 });
	});

	it("for an earlier connection, or for nobody, are told to be absent", async () => {
		await as("7");
		const answer = await stage.deliver({
			direct: [direct(1, 5), { ...direct(1, 9_999), userId: "99" }]
		});
		expect(answer).toMatchObject({
			absent: [
				{ userId: "7", deviceId: "device-7" },
				{ userId: "99", deviceId: "device-7" }
			]
		});
	});

	it("wait for a connection that the router does not know yet", async () => {
		stage.state.isRouterAway = true;
		const token = await tokenOf("7");
		const connecting = stage.connect({ token, deviceId: "device-7" });
		await until(async () => (await stage.call("im-gateway.sockets")).items.length === 1);
		stage.state.isRouterAway = false;
		stage.state.pending = [{ id: "p1", class: "reliable", kind: "private", sequence: 1 }];
		stage.state.sequence = 1;
		const client = await connecting;
		await until(() => sequences(client).length > 0);
	});
});
