/** Rooms of one node, over real sockets, with a router that has faults. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type ImStage, startImStage, tokenOf } from "../../test/harness/im-stage.ts";
import type { SocketClient } from "../../test/harness/socket-clients.ts";
import { until } from "../../test/harness/until.ts";

interface Entered {
	readonly epoch: string;
	readonly offset: number;
	readonly recovered: boolean;
	readonly messages: { readonly offset: number }[];
}

let stage: ImStage;
beforeEach(async () => {
	stage = await startImStage({ RATE_LIMITS: "off" });
});
afterEach(() => stage.stop());

const as = async (userId: string): Promise<SocketClient> =>
	stage.connect({ token: await tokenOf(userId), deviceId: `device-${userId}` });
const enter = (client: SocketClient, after?: object) =>
	client.call<Entered>("im.enter", { roomId: "1", ...(after ? { after } : {}) });
const offsetsOf = (client: SocketClient) => client.ofKind("chat").map(({ offset }) => offset);
const texts = (count: number, name = "line") =>
	Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
const upTo = (last: number, first = 1) =>
	Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("entering", () => {
	it("merges what was said and what is being said, without gap or repeat", async () => {
		await stage.append("1", texts(40));
		const client = await stage.connect();
		const entering = enter(client, { epoch: "e1", offset: 10 });
		// Lines keep coming, in any order, while the history is being read.
		for (let round = 0; round < 20; round += 1) await stage.append("1", texts(3, `r${round}`));
		const { messages, recovered } = await entering;
		await until(() => messages.length + client.lines.length >= 90);
		expect(recovered).toBe(true);
		expect([...messages.map(({ offset }) => offset), ...offsetsOf(client)]).toEqual(upTo(100, 11));
	});

	it("does so for many who enter one after another while lines flow in batches", async () => {
		const pump = { isOn: true };
		const pumping = (async () => {
			while (pump.isOn) {
				await stage.append("1", texts(5));
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
		})();
		const clients: [SocketClient, Entered][] = [];
		for (let index = 0; index < 15; index += 1) {
			const client = await stage.connect();
			clients.push([client, await enter(client)]);
		}
		pump.isOn = false;
		await pumping;
		const end = stage.state.log.lines.length;
		for (const [client, { messages }] of clients) {
			await until(() => (offsetsOf(client).at(-1) ?? messages.at(-1)?.offset) === end);
			const all = [...messages.map(({ offset }) => offset), ...offsetsOf(client)];
			expect(all).toEqual(upTo(end, all[0]));
		}
	});

	it("reads what is not in memory any more, and says when it cannot be had", async () => {
		const first = await stage.connect();
		await enter(first);
		await stage.append("1", texts(900));
		const client = await stage.connect();
		const near = await enter(client, { epoch: "e1", offset: 650 });
		expect([near.recovered, near.messages.length]).toEqual([true, 250]);
		const other = await stage.connect();
		const far = await enter(other, { epoch: "e1", offset: 1 });
		expect([far.recovered, far.messages.at(-1)?.offset]).toEqual([false, 900]);
	});

	it("tells of a place in another life of the log, or beyond its end", async () => {
		await stage.append("1", texts(3));
		const client = await stage.connect();
		expect((await enter(client, { epoch: "e0", offset: 1 })).recovered).toBe(false);
		expect((await enter(client, { epoch: "e1", offset: 99 })).recovered).toBe(false);
		expect(await enter(client, { epoch: "e1", offset: 3 })).toMatchObject({
			...{ recovered: true, messages: [] }
		});
	});

	it("bounds the rooms of a socket", async () => {
		const client = await stage.connect();
		for (let room = 1; room <= limits.roomsPerSocketMax; room += 1) {
			await client.call("im.enter", { roomId: `${room}` });
		}
		const roomId = `${limits.roomsPerSocketMax + 1}`;
		await expect(client.call("im.enter", { roomId })).rejects.toMatchObject({
			code: "TOO_MANY_ROOMS_ENTERED"
		});
		await client.call("im.leave", { roomId: "1" });
		await client.call("im.enter", { roomId });
	});

	it("gets nothing more after leaving, and the node leaves after its last socket", async () => {
		const [client, other] = [await stage.connect(), await stage.connect()];
		await enter(client);
		await enter(other);
		await client.call("im.leave", { roomId: "1" });
		await stage.append("1", ["later"]);
		await until(() => other.lines.length === 1);
		expect(client.lines).toEqual([]);
		other.close();
		await until(() => stage.state.calls.some(({ name }) => name === "part"));
		const line = { offset: 2, reliable: false, json: "{}" };
		const answer = await stage.deliver({ rooms: [{ roomId: "1", epoch: "e1", lines: [line] }] });
		expect(answer).toEqual({ alive: true, emptyRooms: ["1"], absent: [] });
	});
});

describe("lines of a room", () => {
	it("wait for those before them, and a gap is filled from the log", async () => {
		const client = await stage.connect();
		await enter(client);
		await stage.append("1", texts(10), (offset) => offset % 3 !== 0);
		await until(() => client.lines.length === 10);
		expect(offsetsOf(client)).toEqual(upTo(10));
	});

	it("that never arrived are noticed by the next beat", async () => {
		const client = await stage.connect();
		await enter(client);
		stage.state.isMute = true;
		await stage.append("1", texts(4));
		await until(() => client.lines.length === 4);
		expect(offsetsOf(client)).toEqual(upTo(4));
	});

	it("go on in a new life of the log, and the loss is told", async () => {
		const client = await stage.connect();
		await stage.append("1", texts(5));
		await enter(client);
		stage.state.log = { epoch: "e2", lines: [] };
		await stage.append("1", ["after the loss"]);
		await until(() => client.lines.includes("after the loss"));
		const [gap] = client.ofKind("room");
		expect(gap?.body).toMatchObject({ type: "gap", epoch: "e2" });
		expect(client.messages.indexOf(gap as never)).toBeLessThan(client.messages.length - 1);
	});

	it("are refused from a router that means an earlier life of this node", async () => {
		const params = { incarnation: "before", rooms: [], direct: [] };
		expect(await stage.call("im-gateway.deliver", params)).toMatchObject({ alive: false });
	});

	it("are told to the router again when it forgot this node", async () => {
		const client = await as("7");
		await enter(client);
		stage.state.known = false;
		await until(() => client.sessions.length === 2);
		expect(client.sessions[1]).toEqual({ kind: "ready", epoch: 1_002, sequence: 0 });
		await until(() => stage.state.calls.filter(({ name }) => name === "join").length === 2);
	});
});

describe("who may not be there", () => {
	const hold = (kind: string, roomId: string | null = "1") => ({
		...{ userId: "7", roomId, kind },
		until: "2099-01-01T00:00:00.000Z"
	});
	const say = (client: SocketClient) =>
		client.call("im.say", { roomId: "1", clientId: "c1", text: "hi" });

	it.each([
		["ban", "banned"],
		["kick", "kicked"]
	])("is put out by a %s, and cannot come back", async (kind, type) => {
		const [client, other] = [await as("7"), await as("8")];
		await enter(client);
		await enter(other);
		stage.state.holds = [hold(kind)];
		await stage.broker.broadcast("moderation.changed", { roomId: "1", userId: "7" });
		await until(() => client.ofKind("room").length === 1);
		const { until: end } = hold(kind);
		expect(client.ofKind("room")[0]?.body).toEqual({ type, until: end });
		await expect(say(client)).rejects.toMatchObject({ code: "NOT_IN_ROOM" });
		await expect(enter(client)).rejects.toMatchObject({
			...{ code: "BANNED_FROM_ROOM", data: { until: end } }
		});
		await say(other);
		await until(() => other.lines.length === 1);
		expect(client.lines).toEqual([]);
	});

	it("is silent when muted here, or everywhere, and hears until when", async () => {
		const client = await as("7");
		await enter(client);
		stage.state.holds = [hold("mute")];
		await stage.broker.broadcast("moderation.changed", { roomId: "1", userId: "7" });
		await expect
			.poll(() => say(client).catch((error) => error))
			.toMatchObject({
				...{ code: "MUTED", data: { until: hold("mute").until } }
			});
		stage.state.holds = [hold("mute", null)];
		await stage.broker.broadcast("moderation.changed", { roomId: null, userId: "7" });
		const tell = () => client.call("im.tell", { userId: "8", clientId: "c", text: "hi" });
		await expect.poll(() => tell().catch((error) => error)).toMatchObject({ code: "MUTED" });
	});

	it("is not let speak when nobody can say whether they may", async () => {
		await stage.stop();
		stage = await startImStage({ RATE_LIMITS: "off" });
		stage.state.isModerationAway = true;
		const client = await as("7");
		await enter(client);
		await until(
			async () => (await say(client).catch((error) => error)).code === "UNAVAILABLE",
			limits.restrictionsAgeMillisecondsMax + 5_000
		);
		stage.state.isModerationAway = false;
		await until(() => say(client).then(Boolean));
	});

	it("cannot talk in a room that is over", async () => {
		const client = await as("7");
		await enter(client);
		stage.state.status = "ended";
		await stage.broker.broadcast("rooms.changed", { roomId: "1" });
		await expect(say(client)).rejects.toMatchObject({ code: "ROOM_NOT_LIVE" });
		await expect(client.call("im.like", { roomId: "1", count: 1 })).rejects.toMatchObject({
			code: "ROOM_NOT_LIVE"
		});
		stage.state.status = "paused";
		await stage.broker.broadcast("rooms.changed", { roomId: "1" });
		await say(client);
	});
});
