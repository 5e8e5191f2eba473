/** The socket and the room on it, against a real socket.io server with one room. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../../test/harness/until.ts";
import { ApiError } from "../api/http.ts";
import { pauseOf } from "./connection.ts";
import { connectTo, FakePlatform, me, roomId } from "./fake-platform.ts";
import { RoomChat } from "./room-chat.ts";
import type { RoomEvent } from "./room-events.ts";

let platform: FakePlatform;
let url: string;
let tokens: (string | undefined)[];
const ends: (() => void)[] = [];

beforeEach(async () => {
	platform = new FakePlatform();
	url = await platform.listen();
	tokens = [];
});
afterEach(async () => {
	for (const end of ends.splice(0)) end();
	await platform.io.close();
});

const connect = () => connectTo(url, tokens);

function enter(connection = connect(), events: RoomEvent[] = []): RoomChat {
	const onRoomEvent = (event: RoomEvent) => events.push(event);
	const chat = new RoomChat({ connection, roomId, userId: me, onRoomEvent });
	ends.push(chat.start());
	return chat;
}

const textsOf = (chat: RoomChat) =>
	chat
		.state()
		.lines.entries.map((entry) => (entry.type === "gap" ? "…" : String(entry.line.body.text)));
const ownOf = (chat: RoomChat) => chat.state().lines.own;
const untilIn = (chat: RoomChat) => until(() => chat.state().place === "in");
const untilBanned = (chat: RoomChat) => until(() => chat.state().place === "banned");
const untilTexts = (chat: RoomChat, texts: string[]) =>
	until(() => {
		expect(textsOf(chat)).toEqual(texts);
		return true;
	});

describe("a room's chat", () => {
	it("has the history, then what comes, and leaves when nobody looks any more", async () => {
		platform.write("before");
		const chat = enter();
		await untilTexts(chat, ["before"]);
		expect(chat.state()).toMatchObject({ place: "in", viewers: 3 });
		expect(platform.auths).toEqual([{ token: "token-1", deviceId: "device-1" }]);
		platform.write("now");
		await untilTexts(chat, ["before", "now"]);
		ends.pop()?.();
		await until(() => platform.io.of("/").sockets.size === 0);
		expect(platform.named("im.leave")).toEqual([{ roomId }]);
	});

	it("shows an own line at once, and then as one of the log", async () => {
		const chat = enter();
		await untilIn(chat);
		expect(chat.say("  hello  ")).toBe(true);
		expect(ownOf(chat)).toMatchObject([{ text: "hello", state: "sending" }]);
		await untilTexts(chat, ["hello"]);
		expect(ownOf(chat)).toEqual([]);
		expect(chat.say("   ")).toBe(false);
	});

	it("comes back after a cut, with what was said meanwhile and what was on its way", async () => {
		const chat = enter();
		await untilIn(chat);
		platform.write("one");
		await untilTexts(chat, ["one"]);
		platform.refusals.set("im.say", [undefined]);
		chat.say("mine");
		await until(() => platform.named("im.say").length === 1);
		platform.write("lost on the way", false);
		platform.drop();
		await untilTexts(chat, ["one", "lost on the way", "mine"]);
		expect(platform.named("im.enter")).toEqual([
			{ roomId },
			{ roomId, after: { epoch: "a", offset: 1 } }
		]);
		const [first, second] = platform.named("im.say");
		expect(second).toEqual(first);
		expect(ownOf(chat)).toEqual([]);
	});

	it("finds what never reached it, and tells what cannot be found", async () => {
		const chat = enter();
		await untilIn(chat);
		platform.write("one");
		platform.write("silent", false);
		platform.write("three");
		await untilTexts(chat, ["one", "silent", "three"]);
		platform.epoch = "b";
		platform.log = [];
		platform.write("anew");
		await untilTexts(chat, ["one", "silent", "three", "…", "anew"]);
	});

	it("says a refused line again under the same id", async () => {
		const chat = enter();
		await untilIn(chat);
		const refused = { name: "Error", code: 422, type: "TEXT_NOT_ALLOWED", message: "no" };
		platform.refusals.set("im.say", [refused]);
		chat.say("a word");
		await until(() => ownOf(chat)[0]?.state === "failed");
		expect(ownOf(chat)).toMatchObject([{ code: "TEXT_NOT_ALLOWED" }]);
		const [line] = ownOf(chat);
		if (line) chat.retry(line);
		await untilTexts(chat, ["a word"]);
		expect(new Set(platform.named("im.say").map(({ clientId }) => clientId)).size).toBe(1);
	});

	it("knows until when one is muted, has to wait, or is banned", async () => {
		const chat = enter();
		await untilIn(chat);
		const till = new Date(Date.now() + 60_000).toISOString();
		platform.refusals.set("im.say", [
			{ code: "RATE_LIMITED", message: "", data: { retryAfterMs: 5_000 } },
			{ code: "MUTED", message: "", data: { until: till } }
		]);
		chat.say("too fast");
		await until(() => (chat.state().waitsUntil ?? 0) > Date.now());
		chat.say("again");
		await until(() => chat.state().mutedUntil === till);
		chat.forgetMute();
		platform.refusals.set("im.enter", [{ code: "BANNED_FROM_ROOM", data: { until: null } }]);
		platform.drop();
		await untilBanned(chat);
		expect(chat.state().bannedUntil).toBeNull();
	});

	it("goes when it is put out of the room", async () => {
		const chat = enter();
		await untilIn(chat);
		const until = new Date(Date.now() + 60_000).toISOString();
		const body = { type: "kicked", until };
		platform.io.emit("message", { id: "k1", class: "ephemeral", kind: "room", roomId, body });
		await untilBanned(chat);
		expect(chat.state().bannedUntil).toBe(until);
	});

	it("returns by itself once a kick is over", async () => {
		const till = new Date(Date.now() + 300).toISOString();
		platform.refusals.set("im.enter", [{ code: "BANNED_FROM_ROOM", data: { until: till } }]);
		const chat = enter();
		await untilBanned(chat);
		await untilIn(chat);
	});

	it("counts, greets, and tells of the show", async () => {
		const events: RoomEvent[] = [];
		const chat = enter(connect(), events);
		await untilIn(chat);
		const tell = (kind: string, body: object) =>
			platform.io.emit("message", { id: `${kind}-${Math.random()}`, kind, roomId, body });
		tell("viewers", { viewers: 41 });
		tell("likes", { likes: 10 });
		tell("likes", { likes: 15 });
		tell("room", { type: "paused" });
		tell("room", { type: "from the future" });
		tell("viewers", { viewers: "many" });
		await until(() => events.length > 0);
		expect(events).toEqual(["paused"]);
		expect(chat.state()).toMatchObject({ viewers: 41, likes: 15, likesSeen: 5 });
		for (let press = 0; press < 5; press += 1) chat.like();
		await until(() => platform.named("im.like").length === 2);
		expect(platform.named("im.like").map(({ count }) => count)).toEqual([1, 4]);
	});
});

describe("the connection", () => {
	it("takes another token when one was refused, and when one is about to end", async () => {
		platform.closedDoors.push({ code: "TOKEN_EXPIRED" });
		const chat = enter();
		await untilIn(chat);
		expect(tokens).toEqual([undefined, "token-1"]);
		platform.io.emit("session", { kind: "expiring" });
		platform.drop();
		await until(() => tokens.length === 3);
		expect(tokens[2]).toBe("token-2");
		await untilIn(chat);
	});

	it("does not come back for somebody who is banned everywhere", async () => {
		platform.closedDoors.push({ code: "USER_BANNED" });
		const connection = connect();
		enter(connection);
		await until(() => connection.phase() === "refused");
		expect(platform.auths).toHaveLength(1);
	});

	it("refuses calls at once while there is none", async () => {
		const offline = connect().call("im.leave", { roomId });
		await expect(offline).rejects.toEqual(new ApiError("OFFLINE", 0));
	});

	it("pauses longer and longer, up to a bound, and never as others do", () => {
		expect([0, 1, 2].map((failures) => pauseOf(failures, 0.5))).toEqual([500, 1_000, 2_000]);
		expect(pauseOf(50, 0)).toBe(7_500);
		expect(pauseOf(50, 1)).toBe(22_500);
	});
});
