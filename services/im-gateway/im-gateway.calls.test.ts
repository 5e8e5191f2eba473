import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../config/limits.ts";
import { type ImStage, startImStage, tokenOf } from "../../test/harness/im-stage.ts";
import type { SocketClient } from "../../test/harness/socket-clients.ts";
import { until } from "../../test/harness/until.ts";
import { imGateway } from "./im-gateway.contract.ts";

let stage: ImStage;
beforeEach(async () => {
	stage = await startImStage();
});
afterEach(() => stage.stop());

const as = async (userId: string, deviceId = `device-${userId}`): Promise<SocketClient> =>
	stage.connect({ token: await tokenOf(userId), deviceId });
const refusedAs = (code: string) => ({ code, message: expect.any(String) });

describe("calls", () => {
	it.each([
		...["$node.list", "users.me", "im-gateway.deliver", "im-router.say", "im.deliver", "deliver"],
		...["constructor", "__proto__", "", 7, null, { a: 1 }]
	])("answers NOT_FOUND to %j", async (name) => {
		const client = await stage.connect();
		await expect(client.call(name as string, {})).rejects.toEqual(refusedAs("NOT_FOUND"));
	});

	const badParams: readonly unknown[] = [
		...[null, [], "text", 7, { roomId: 1 }, { roomId: "1", more: true }],
		...[{ roomId: "-1" }, { roomId: { $ne: "" } }, JSON.parse('{"roomId":"1","__proto__":{}}')]
	];
	it.each(badParams.map((params) => [params]))("refuses the params %j", async (params) => {
		const client = await stage.connect();
		await expect(client.call("im.enter", params)).rejects.toMatchObject({
			code: "VALIDATION_FAILED"
		});
		expect(client.socket.connected).toBe(true);
	});

	it("lives on after calls without an ack, without params, and unknown events", async () => {
		const client = await stage.connect();
		client.socket.emit("call");
		client.socket.emit("call", "im.enter");
		client.socket.emit("call", "im.enter", { roomId: "nope" });
		client.socket.emit("call", "$node.list", {}, "no function");
		client.socket.emit("broadcast", { event: "message" });
		client.socket.emit("call", Buffer.from("im.enter"), { roomId: Buffer.from("1") });
		const unknown = new Promise((resolve) => client.socket.emit("whatever", 1, resolve));
		expect(await unknown).toEqual(refusedAs("NOT_FOUND"));
		await client.call("im.enter", { roomId: "1" });
	});

	it("leaks nothing of a fault inside", async () => {
		const client = await stage.connect();
		stage.state.isRouterAway = true;
		const failed = client.call("im.enter", { roomId: "1" });
		await expect(failed).rejects.toEqual({
			code: "INTERNAL",
			message: "Something went wrong on our side."
		});
	});

	it("takes who says something from the socket alone", async () => {
		const client = await as("7");
		await client.call("im.enter", { roomId: "1" });
		const spoofed = { roomId: "1", clientId: "c1", text: "hi", from: { id: "8" } };
		await expect(client.call("im.say", spoofed)).rejects.toMatchObject({
			code: "VALIDATION_FAILED"
		});
		await client.call("im.say", { roomId: "1", clientId: "c1", text: " hi " });
		const { params } = stage.state.calls.findLast(({ name }) => name === "say") ?? {};
		expect(params).toEqual({
			...{ roomId: "1", clientId: "c1", text: "hi" },
			from: { id: "7", nickname: "Name 7", level: 3 }
		});
	});

	it("keeps who a socket is, whatever an action does to the caller it sees", async () => {
		const client = await as("7");
		await client.call("im.enter", { roomId: "1" });
		await client.call("im.online", { userIds: ["7"] });
		await client.call("im.say", { roomId: "1", clientId: "c1", text: "hi" });
		await until(() => client.lines.length === 1);
		expect(client.ofKind("chat")[0]?.from).toMatchObject({ id: "7" });
	});

	// Looking an endpoint up and then calling by name advances the round robin twice.
	it("runs calls on this node, and asks no balancer for them", async () => {
		const asked = vi.spyOn(stage.broker, "findNextActionEndpoint");
		const client = await as("7");
		await client.call("im.enter", { roomId: "1" });
		await client.call("im.say", { roomId: "1", clientId: "c1", text: "hi" });
		const names = asked.mock.calls.map(([name]) => String(name));
		expect(names).toContain("im-router.say");
		const own = names.filter((name) => name.startsWith("im-gateway."));
		expect(own.filter((name) => name !== "im-gateway.deliver")).toEqual([]);
	});

	it("has none of the library's actions, by which any service could write to all", () => {
		const { registry } = stage.broker;
		const list = registry.getActionList({ onlyLocal: true }) as { name: string }[];
		const names = list.map(({ name }) => name).filter((name) => name.startsWith("im-gateway."));
		const known = Object.keys(imGateway.actions).map((name) => `im-gateway.${name}`);
		expect(names.toSorted()).toEqual(known.toSorted());
	});

	it("has one namespace: others know nobody", async () => {
		const client = await as("7");
		const other = client.socket.io.socket("/other", { auth: {} });
		const refused = new Promise<Error>((resolve) => other.on("connect_error", resolve));
		other.connect();
		expect((await refused).message).toBe("Invalid namespace");
		expect(client.socket.connected).toBe(true);
	});

	it("asks guests to sign in, and others to enter first", async () => {
		const [guest, user] = [await stage.connect(), await as("7")];
		const line = { roomId: "1", clientId: "c1", text: "hi" };
		await guest.call("im.enter", { roomId: "1" });
		await expect(guest.call("im.say", line)).rejects.toEqual(refusedAs("UNAUTHENTICATED"));
		await expect(user.call("im.say", line)).rejects.toEqual(refusedAs("NOT_IN_ROOM"));
		await expect(user.call("im.like", { roomId: "1", count: 1 })).rejects.toEqual(
			refusedAs("NOT_IN_ROOM")
		);
		await expect(user.call("im.enter", { roomId: "99" })).rejects.toEqual(refusedAs("NOT_FOUND"));
	});

	it("says how long to wait when too much comes, and closes who does not stop", async () => {
		const client = await stage.connect();
		const calls = Array.from({ length: limits.callsPerSocketBurst + 10 }, () =>
			client.call("im.leave", { roomId: "1" }).catch((error) => error)
		);
		const refused = (await Promise.all(calls)).filter(({ code }) => code === "RATE_LIMITED");
		expect(refused.length).toBeGreaterThan(0);
		expect(refused[0].data.retryAfterMs).toBeGreaterThan(0);
		const other = await stage.connect();
		for (let sent = 0; sent < limits.refusedPacketsPerSocketMax * 2; sent += 1) {
			client.socket.emit("call", "im.leave", { roomId: "1" });
		}
		await until(() => !client.socket.connected);
		expect(client.sessions.at(-1)).toEqual({ kind: "kicked" });
		expect(other.socket.connected).toBe(true);
	});

	it("bounds what a user says, on all sockets together", async () => {
		const [phone, laptop] = [await as("7"), await as("7", "laptop-7")];
		for (const client of [phone, laptop]) await client.call("im.enter", { roomId: "1" });
		const say = (client: SocketClient, index: number) =>
			client.call("im.say", { roomId: "1", clientId: `c${index}`, text: "hi" }).catch((e) => e);
		const answers = await Promise.all(
			Array.from({ length: limits.linesPerUserBurst + 4 }, (_, index) =>
				say(index % 2 ? phone : laptop, index)
			)
		);
		expect(answers.some(({ code }) => code === "RATE_LIMITED")).toBe(true);
	});

	it("closes a socket that sends a frame too large, and nobody else notices", async () => {
		const [client, other] = [await stage.connect(), await stage.connect()];
		client.socket.emit("call", "im.enter", { roomId: "x".repeat(limits.socketFrameBytesMax) });
		await until(() => !client.socket.connected);
		await other.call("im.enter", { roomId: "1" });
	});

	it.each(["", "   ", "\u202e\u200b", "a\u0007b", "x".repeat(201), "b a d w o r d"])(
		"does not say %j",
		async (text) => {
			stage.state.words = ["badword"];
			await stage.broker.broadcast("moderation.wordsChanged", {});
			const client = await as("7");
			await client.call("im.enter", { roomId: "1" });
			const said = client.call("im.say", { roomId: "1", clientId: "c1", text });
			await expect(said).rejects.toMatchObject({
				code: expect.stringMatching(/^(TEXT_NOT_ALLOWED|VALIDATION_FAILED)$/)
			});
			expect(stage.state.calls.some(({ name }) => name === "say")).toBe(false);
		}
	);

	it("passes im.tell, im.inbox, im.online and im.like on, as the user of the socket", async () => {
		const client = await as("7");
		expect(await client.call("im.tell", { userId: "8", clientId: "c", text: "hi" })).toEqual({
			id: "p1"
		});
		expect(await client.call("im.inbox", {})).toEqual({ items: [], more: false });
		expect(await client.call("im.online", { userIds: ["7", "8"] })).toEqual({ userIds: ["7"] });
		await client.call("im.enter", { roomId: "1" });
		await client.call("im.like", { roomId: "1", count: 3 });
		await until(() => client.ofKind("likes").length > 0);
		expect(client.ofKind("likes")[0]?.body).toEqual({ likes: 3 });
		const { params } = stage.state.calls.find(({ name }) => name === "audience") ?? {};
		expect(params).toMatchObject({ items: [{ roomId: "1", viewers: ["user:7"] }] });
	});

	it("shows developers what is here by im-gateway.sockets", async () => {
		const client = await as("7");
		await client.call("im.enter", { roomId: "1" });
		expect((await stage.call("im-gateway.sockets")).items).toEqual([
			{
				...{ id: client.socket.id, userId: "7", deviceId: "device-7" },
				...{ rooms: ["1"], unsentBytes: 0 }
			}
		]);
	});

	// The names of the actions behind the calls, for whoever looks for their tests:
	// "im-gateway.enter" "im-gateway.leave" "im-gateway.say" "im-gateway.tell" "im-gateway.like"
	// "im-gateway.ack" "im-gateway.inbox" "im-gateway.online" "im-gateway.deliver"
});
