/** Chat as clients meet it, with the real router; on a cluster people sit on different edges. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Person, post, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { SocketClient } from "../harness/socket-clients.ts";
import { until } from "../harness/until.ts";

interface Entered {
	readonly epoch: string;
	readonly offset: number;
	readonly recovered: boolean;
	readonly messages: { readonly offset: number; readonly body: { readonly text: string } }[];
	readonly viewers: number;
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`chat on ${platform.name}`, () => {
		const { edges } = platform;
		const [here = "", there = here] = edges;
		const open: SocketClient[] = [];
		let host: Person;
		let roomId: string;

		beforeAll(async () => {
			host = await signUp(here);
			await post(here, "/users/me/host", {}, host.accessToken);
			// The tag is read through a cache.
			await until(async () => {
				const room = await post<{ id: string }>(
					...[here, "/rooms", { title: "Tea" }, host.accessToken]
				);
				roomId = room.id;
				return true;
			});
			await post(here, `/rooms/${roomId}/start`, {}, host.accessToken);
		});

		afterEach(() => {
			for (const client of open.splice(0)) client.close();
		});

		async function connect(edge: string, auth: object = {}, options = {}): Promise<SocketClient> {
			const client = new SocketClient(edge, { auth, ...options });
			open.push(client);
			return client.ready();
		}
		const personOn = async (edge: string) => {
			const person = await signUp(edge);
			const client = await connect(edge, { token: person.accessToken });
			return { person, client };
		};
		const say = (client: SocketClient, text: string) => {
			const clientId = text.replaceAll(/[^a-z0-9]/g, "-");
			return client.call<{ id: string; offset: number }>("im.say", { roomId, clientId, text });
		};

		it("carries lines between two edges, to a plain socket.io-client", async () => {
			const [lily, guest] = [await personOn(here), await connect(there)];
			await lily.client.call("im.enter", { roomId });
			await guest.call("im.enter", { roomId });
			const { id, offset } = await say(lily.client, "good evening");
			await until(() => guest.lines.includes("good evening"));
			await until(() => lily.client.lines.includes("good evening"));
			const [seen] = guest.ofKind("chat");
			expect(seen).toMatchObject({
				...{ id, offset, roomId, kind: "chat", class: "ephemeral" },
				from: { id: lily.person.id, nickname: "Tester" },
				body: { text: "good evening" }
			});
			// The same line told again is the first line.
			expect(await say(lily.client, "good evening")).toEqual({ id, offset });
		});

		it("tells the room who comes in, once, and of no guests", async () => {
			const watcher = await connect(there);
			await watcher.call("im.enter", { roomId });
			const [lily, guest] = [await personOn(here), await connect(here)];
			await guest.call("im.enter", { roomId });
			await lily.client.call("im.enter", { roomId });
			await lily.client.call("im.leave", { roomId });
			await lily.client.call("im.enter", { roomId });
			await say(lily.client, "here i am");
			await until(() => watcher.lines.includes("here i am"));
			const entered = watcher.ofKind("room").filter(({ body }) => body.type === "entered");
			expect(entered.map(({ from }) => from?.id)).toEqual([lily.person.id]);
		});

		it("shows the same order to all, with rising offsets, when all talk at once", async () => {
			const talkers = await Promise.all(
				Array.from({ length: 20 }, (_, index) => personOn(edges[index % edges.length] ?? here))
			);
			const watchers = await Promise.all(
				Array.from({ length: 30 }, (_, index) => connect(edges[index % edges.length] ?? here))
			);
			const everybody = [...talkers.map(({ client }) => client), ...watchers];
			await Promise.all(everybody.map((client) => client.call("im.enter", { roomId })));
			const texts = talkers.flatMap((_, person) => [0, 1, 2].map((line) => `${person}/${line}`));
			await Promise.all(
				talkers.map(async ({ client }, person) => {
					for (const line of [0, 1, 2]) await say(client, `${person}/${line}`);
				})
			);
			await until(() => everybody.every((client) => client.lines.length >= texts.length), 20_000);
			const [first] = everybody;
			for (const client of everybody) {
				expect(client.lines).toEqual(first?.lines);
				const offsets = client.ofKind("chat").map(({ offset = 0 }) => offset);
				const start = offsets[0] ?? 0;
				expect(offsets).toEqual(offsets.map((_, index) => start + index));
			}
			expect([...(first?.lines ?? [])].sort()).toEqual([...texts].sort());
		});

		it("gives what was missed when somebody comes back on another edge", async () => {
			const lily = await personOn(here);
			await lily.client.call("im.enter", { roomId });
			const watcher = await connect(here);
			const before = await watcher.call<Entered>("im.enter", { roomId });
			await say(lily.client, "before");
			await until(() => watcher.lines.length === 1);
			watcher.close();
			for (const text of ["one", "two", "three"]) await say(lily.client, text);
			const back = await connect(there);
			const after = { epoch: before.epoch, offset: before.offset + 1 };
			const entered = await back.call<Entered>("im.enter", { roomId, after });
			await say(lily.client, "four");
			await until(() => back.lines.includes("four"));
			const texts = [...entered.messages.map(({ body }) => body.text), ...back.lines];
			expect([entered.recovered, texts]).toEqual([true, ["one", "two", "three", "four"]]);
			const lost = { epoch: "forged", offset: 3 };
			expect(await back.call("im.enter", { roomId, after: lost })).toMatchObject({
				recovered: false
			});
			const ahead = { epoch: before.epoch, offset: 1_000_000 };
			expect(await back.call("im.enter", { roomId, after: ahead })).toMatchObject({
				recovered: false
			});
		});

		it("brings private messages to all devices, and keeps them until they are acked", async () => {
			const [lily, tom] = [await personOn(here), await personOn(there)];
			const laptop = await connect(there, { token: tom.person.accessToken });
			const { id } = await lily.client.call<{ id: string }>("im.tell", {
				...{ userId: tom.person.id, clientId: "p1", text: "psst" }
			});
			await until(() => [tom.client, laptop].every((one) => one.ofKind("private").length > 0));
			const [seen] = tom.client.ofKind("private");
			expect(seen).toMatchObject({
				...{ id, class: "reliable", body: { text: "psst" } },
				from: { id: lily.person.id }
			});
			const [ready] = tom.client.sessions;
			expect(seen?.sequence).toBe(Number(ready?.sequence) + 1);
			// Nobody acked: it comes again, under the same id.
			await until(() => tom.client.ofKind("private").length > 1);
			expect(tom.client.ofKind("private")[1]).toEqual(seen);
			expect(await tom.client.call("im.inbox", {})).toMatchObject({ items: [{ id }] });
			await tom.client.call("im.ack", { upTo: seen?.sequence });
			expect(tom.client.sessions).toHaveLength(1);
			expect(await tom.client.call("im.inbox", {})).toEqual({ items: [], more: false });
			const nobody = { userId: "9007199254740991", clientId: "p2", text: "psst" };
			await expect(lily.client.call("im.tell", nobody)).rejects.toMatchObject({
				code: "NOT_FOUND"
			});
		});

		it("gives a message to somebody who was away when they come back", async () => {
			const [lily, tom] = [await personOn(here), await signUp(there)];
			await lily.client.call("im.tell", { userId: tom.id, clientId: "p1", text: "call me" });
			const client = await connect(there, { token: tom.accessToken });
			const { items } = await client.call<{ items: { body: object }[] }>("im.inbox", {});
			expect(items).toMatchObject([{ body: { text: "call me" } }]);
		});

		it("says who is connected", async () => {
			const [lily, tom] = [await personOn(here), await personOn(there)];
			const userIds = [lily.person.id, tom.person.id];
			await until(async () => {
				const online = await lily.client.call<{ userIds: string[] }>("im.online", { userIds });
				return online.userIds.length === 2;
			});
			tom.client.close();
			await until(async () => {
				const online = await lily.client.call<{ userIds: string[] }>("im.online", { userIds });
				return online.userIds.length === 1;
			});
		});

		it("stops whom the host bans, on whatever edge they are", async () => {
			const tom = await personOn(there);
			await tom.client.call("im.enter", { roomId });
			await say(tom.client, "rude");
			const path = `/rooms/${roomId}/restrictions`;
			await post(here, path, { userId: tom.person.id, kind: "ban" }, host.accessToken);
			await until(
				() => tom.client.ofKind("room").some(({ body }) => body.type === "banned"),
				2_000
			);
			await expect(say(tom.client, "more")).rejects.toMatchObject({ code: "NOT_IN_ROOM" });
			await expect(tom.client.call("im.enter", { roomId })).rejects.toMatchObject({
				code: "BANNED_FROM_ROOM"
			});
		});

		it("keeps a muted user silent, and lets them watch", async () => {
			const tom = await personOn(there);
			await tom.client.call("im.enter", { roomId });
			const path = `/rooms/${roomId}/restrictions`;
			const mute = { userId: tom.person.id, kind: "mute", seconds: 600 };
			await post(here, path, mute, host.accessToken);
			await until(async () => {
				const error = await say(tom.client, "x").catch((thrown) => thrown);
				if (error.code !== "MUTED") return false;
				expect(Date.parse(error.data.until)).toBeGreaterThan(Date.now());
				return true;
			}, 5_000);
			const lily = await personOn(here);
			await lily.client.call("im.enter", { roomId });
			await say(lily.client, "for all");
			await until(() => tom.client.lines.includes("for all"));
		});

		it("shows how many watch and like, summed over the edges", async () => {
			const [lily, tom] = [await personOn(here), await personOn(there)];
			for (const { client } of [lily, tom]) await client.call("im.enter", { roomId });
			await lily.client.call("im.like", { roomId, count: 5 });
			await tom.client.call("im.like", { roomId, count: 7 });
			const last = (client: SocketClient, kind: string) =>
				Number(client.ofKind(kind).at(-1)?.body[kind] ?? 0);
			await until(() => last(lily.client, "likes") >= 12 && last(tom.client, "likes") >= 12);
			await until(() => last(lily.client, "viewers") >= 2);
		});
	});
}
