import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type RoomStage, startRooms } from "../../test/harness/room-stage.ts";
import { until } from "../../test/harness/until.ts";
import { writeLikes } from "./rooms.sessions.model.ts";
import type { ViewerStore } from "./rooms.viewers.ts";

const info = { video: "H264", audio: "AAC", width: 1280, height: 720, fps: 30, gopSeconds: 2 };

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`rooms on ${backend.name}`, () => {
		let opened: Opened;
		let stage: RoomStage;
		let call: RoomStage["call"];

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startRooms(opened);
			call = stage.call;
		});
		afterAll(async () => {
			await stage.stop();
			await opened.close();
		});

		const factsOf = (roomId: string) =>
			stage.heard.filter(({ payload }) => payload.roomId === roomId).map(({ name }) => name);
		const get = (id: string) => call("rooms.get", { id });

		it("goes live, on air, paused, on air again and ends; followers and history know", async () => {
			const room = await stage.room("1");
			expect(await get(room.id)).toMatchObject({
				host: { id: "1", nickname: "Name 1", avatarUrl: null },
				...{ title: "Tea", category: "other", status: "scheduled", onAir: false, viewers: 0 }
			});
			const { sessionId, generation } = await stage.publish(room, "1");
			expect(await get(room.id)).toMatchObject({ status: "live", onAir: false });
			expect(await call("rooms.playback", { id: room.id })).toEqual({ sources: [] });

			const told = { roomId: room.id, generation };
			const started = { ...told, nodeId: "media-1", info };
			expect(await call("rooms.streamStarted", started)).toEqual({ current: true });
			expect(await get(room.id)).toMatchObject({ status: "live", onAir: true });
			const { sources } = await call("rooms.playback", { id: room.id });
			expect(sources[0]).toMatchObject({ type: "flv" });
			const health = { ...told, info: { ...info, kilobitsPerSecond: 900 } };
			expect(await call("rooms.streamHealth", health)).toEqual({ current: true });
			expect(await call("rooms.signal", { id: room.id }, as("1"))).toEqual({
				...{ onAir: true, at: expect.any(String), info: health.info }
			});
			expect((await call("rooms.liveByHosts", { hostIds: ["1", "2"] })).items).toHaveLength(1);

			const stopped = { ...told, reason: "disconnect" };
			expect(await call("rooms.streamStopped", stopped)).toEqual({ current: true });
			expect(await get(room.id)).toMatchObject({ status: "paused", onAir: false });
			const again = await call("rooms.authorizePublish", { key: room.key, address: "::1" });
			expect(again).toEqual({ roomId: room.id, sessionId, generation: generation + 1 });
			await call("rooms.streamStarted", { ...started, generation: again.generation });
			// What comes late of the first connection changes nothing.
			expect(await call("rooms.streamStopped", stopped)).toEqual({ current: false });
			expect(await call("rooms.streamHealth", health)).toEqual({ current: false });
			expect(await get(room.id)).toMatchObject({ status: "live", onAir: true });

			const ended = await call("rooms.end", { id: room.id }, as("1"));
			expect(ended).toMatchObject({ status: "ended", onAir: false, endedAt: expect.any(String) });
			const late = { ...started, generation: again.generation };
			expect(await call("rooms.streamStarted", late)).toEqual({ current: false });
			expect((await get(room.id)).status).toBe("ended");
			const { items } = await call("rooms.sessions", { id: room.id });
			expect(items).toEqual([
				expect.objectContaining({ id: sessionId, endReason: "host", peakViewers: 0 })
			]);
			await until(() => factsOf(room.id).length === 5);
			const facts = ["keyRotated", "wentLive", "paused", "resumed", "ended"];
			expect(factsOf(room.id)).toEqual(facts);
		});

		it("opens another session in the same room, and lists both, in pages", async () => {
			const { id } = await stage.room("1");
			for (let session = 0; session < 3; session += 1) {
				await call("rooms.start", { id }, as("1"));
				await call("rooms.end", { id }, as("1"));
			}
			const first = await call("rooms.sessions", { id, limit: 2 });
			const cursor = first.nextCursor ?? "";
			const second = await call("rooms.sessions", { id, limit: 2, cursor });
			expect(second).toMatchObject({ items: [expect.anything()], nextCursor: null });
			expect(new Set([...first.items, ...second.items].map((one) => one.id)).size).toBe(3);
		});

		it("repeats start, pause and end without effect", async () => {
			const room = await stage.room("1");
			const { generation } = await stage.publish(room, "1");
			const { id } = room;
			expect((await call("rooms.start", { id }, as("1"))).status).toBe("live");
			await call("rooms.streamStarted", { roomId: id, generation, nodeId: "m", info });
			for (const _ of [1, 2]) {
				expect((await call("rooms.pause", { id }, as("1"))).status).toBe("paused");
			}
			await call("rooms.streamHealth", { roomId: id, generation, info });
			expect(await get(id)).toMatchObject({ status: "paused", onAir: false });
			expect(await call("rooms.start", { id }, as("1"))).toMatchObject({ onAir: true });
			for (const _ of [1, 2]) {
				expect((await call("rooms.end", { id }, as("1"))).status).toBe("ended");
			}
			await expect(call("rooms.pause", { id }, as("1"))).rejects.toMatchObject({
				type: "ROOM_NOT_LIVE"
			});
		});

		it("keeps the rooms of others from everybody, and guests from all", async () => {
			const { id } = await stage.room("1");
			const title = "Mine now";
			const attempts = [
				call("rooms.start", { id }, as("2")),
				call("rooms.pause", { id }, as("2")),
				call("rooms.end", { id }, as("2")),
				call("rooms.update", { id, title }, as("2")),
				call("rooms.streamKey", { id }, as("2")),
				call("rooms.signal", { id }, as("2")),
				call("rooms.get", { id: "999999" }),
				call("rooms.playback", { id: "999999" }),
				call("rooms.sessions", { id: "999999" }),
				call("rooms.view", { id: "999999", viewerId: "page-0001" })
			];
			for (const attempt of await Promise.allSettled(attempts)) {
				expect(attempt).toMatchObject({ reason: { type: "NOT_FOUND", code: 404 } });
			}
			await expect(call("rooms.create", { title }, as("50"))).rejects.toMatchObject({
				type: "FORBIDDEN"
			});
			await expect(call("rooms.create", { title })).rejects.toMatchObject({
				type: "UNAUTHENTICATED"
			});
			await expect(call("rooms.cut", { id, reason: "x" }, as("1"))).rejects.toMatchObject({
				type: "FORBIDDEN"
			});
			expect((await get(id)).title).toBe("Tea");
		});

		it("changes only what is given, and refuses what cannot be shown", async () => {
			const startsAt = new Date(Date.now() + 3_600_000).toISOString();
			const made = { title: "  Spring   tea ", category: "tea", startsAt };
			const { id } = await call("rooms.create", made, as("2"));
			const coverUrl = "/files/abc";
			const room = await call("rooms.update", { id, coverUrl }, as("2"));
			expect(room).toMatchObject({ title: "Spring tea", category: "tea", coverUrl, startsAt });
			await expect(call("rooms.update", { id, title: " " }, as("2"))).rejects.toMatchObject({
				type: "TITLE_NOT_ALLOWED"
			});
			const past = { id, startsAt: "2020-01-01T00:00:00.000Z" };
			await expect(call("rooms.update", past, as("2"))).rejects.toMatchObject({
				type: "START_TIME_NOT_ALLOWED"
			});
			for (const bad of ["javascript:alert(1)", "/files/../x", "data:text/html,x"]) {
				const refused = call("rooms.update", { id, coverUrl: bad }, as("2"));
				await expect(refused).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
			}
			expect((await call("rooms.end", { id }, as("2"))).status).toBe("ended");
		});

		it("lists by status, category and host, in pages without gap or repeat", async () => {
			const ids: string[] = [];
			for (let index = 0; index < 5; index += 1) {
				const made = { title: `Room ${index}`, category: "cups" };
				ids.push((await call("rooms.create", made, as("3"))).id);
			}
			for (const sort of ["heat", "new"] as const) {
				const seen: string[] = [];
				let cursor: string | undefined;
				do {
					const query = { category: "cups", status: "scheduled,live", sort, limit: 2 };
					const page = await call("rooms.list", { ...query, ...(cursor ? { cursor } : {}) });
					seen.push(...page.items.map(({ id }) => id));
					cursor = page.nextCursor ?? undefined;
				} while (cursor !== undefined);
				expect([...seen].sort(), sort).toEqual([...ids].sort());
			}
			const mine = await call("rooms.list", { hostId: "3" });
			expect(mine.items).toHaveLength(5);
			expect((await call("rooms.list", { category: "cups", status: "live" })).items).toEqual([]);
			await expect(call("rooms.list", { cursor: "nonsense" })).rejects.toMatchObject({
				type: "BAD_REQUEST"
			});
		});

		it("counts viewers, signed-in ones once, orders by heat and keeps the peak", async () => {
			const [quiet, busy] = [await stage.room("4"), await stage.room("5")];
			await stage.publish(busy, "5");
			await stage.publish(quiet, "4");
			const view = (viewerId: string, who?: string) =>
				call("rooms.view", { id: busy.id, viewerId }, who === undefined ? {} : as(who));
			await view("phone-0001", "20");
			await view("laptop-001", "20");
			for (const page of ["page-0001", "page-0002"]) await view(page);
			expect(await view("page-0003")).toEqual({
				...{ status: "live", onAir: false, viewers: 4, peakViewers: 4, generation: 1 }
			});
			await until(async () => (await get(busy.id)).viewers === 4);
			const { items } = await call("rooms.list", { status: "live", sort: "heat" });
			const order = items.map(({ id }) => id).filter((id) => id === busy.id || id === quiet.id);
			expect(order).toEqual([busy.id, quiet.id]);
			await call("rooms.end", { id: busy.id }, as("5"));
			await until(async () => (await view("page-0001")).status === "ended");
			expect((await view("page-0001")).viewers).toBe(0);
			expect(await get(busy.id)).toMatchObject({ viewers: 0, peakViewers: 4 });
			expect((await call("rooms.cut", { id: quiet.id, reason: "x" }, as("9"))).changed).toBe(true);
			expect((await call("rooms.cut", { id: quiet.id, reason: "x" }, as("9"))).changed).toBe(false);
		});

		it("counts the sockets of edges with the pages, and likes that stay", async () => {
			const room = await stage.room("7");
			await stage.publish(room, "7");
			const tell = async (viewers: string[], likes = 0, roomId = room.id) => {
				const { items } = await call("rooms.audience", { items: [{ roomId, viewers, likes }] });
				return items[0];
			};
			await call("rooms.view", { id: room.id, viewerId: "page-0001" });
			await call("rooms.view", { id: room.id, viewerId: "phone-0001" }, as("20"));
			const first = await tell(["user:20", "user:21", "page:page-0001", "page:page-0002"], 3);
			expect(first).toEqual({ roomId: room.id, viewers: 4, likes: 3 });
			expect(await tell(["user:22"], 2)).toEqual({ roomId: room.id, viewers: 5, likes: 5 });
			await until(async () => (await get(room.id)).likes === 5);
			// As edges do, who are there are told again before they count as gone.
			const everybody = [20, 21, 22].map((id) => `user:${id}`);
			everybody.push("page:page-0001", "page:page-0002");
			await until(async () => {
				await tell(everybody);
				return (await get(room.id)).viewers === 5;
			});
			// Likes on the last meters of a session are saved after its end.
			await tell([], 10);
			await call("rooms.end", { id: room.id }, as("7"));
			await until(async () => (await get(room.id)).likes === 15);
			await until(async () => (await tell(["user:20"], 7))?.viewers === 0);
			expect(await tell(["user:20"], 7)).toEqual({ roomId: room.id, viewers: 0, likes: 15 });
			// The next session begins without any.
			await stage.publish(room, "7");
			await until(async () => (await tell(everybody))?.viewers === 5);
			expect((await tell(["user:20"], 1))?.likes).toBe(1);
			await until(async () => (await get(room.id)).likes === 1);
			expect(await tell(["user:20"], 1, "999999")).toMatchObject({ viewers: 0, likes: 0 });
			await call("rooms.end", { id: room.id }, as("7"));
		});

		it("never counts likes down, and refuses what is not an audience", async () => {
			const room = await stage.room("8");
			const { sessionId } = await stage.publish(room, "8");
			await writeLikes(stage.db, sessionId, 40);
			await writeLikes(stage.db, sessionId, 30);
			expect((await get(room.id)).likes).toBe(40);
			// A store that was emptied goes on from there.
			await until(async () => {
				const item = { roomId: room.id, viewers: [], likes: 2 };
				const { items } = await call("rooms.audience", { items: [item] });
				return (items[0]?.likes ?? 0) > 40;
			});
			const told = (viewers: string[], likes = 0) =>
				call("rooms.audience", { items: [{ roomId: room.id, viewers, likes }] });
			const crowd = Array.from({ length: 3_000 }, (_, index) => `user:${index + 1}`);
			const item = { roomId: room.id, viewers: crowd, likes: 0 };
			const refusal = (type: string) => ({ status: "rejected", reason: { type } });
			expect(
				await Promise.allSettled([
					told(["20"]),
					told(["user:0"]),
					told(["page:a b"]),
					told([], -1),
					call("rooms.audience", { items: [item, item] })
				])
			).toMatchObject([
				...Array.from({ length: 4 }, () => refusal("VALIDATION_ERROR")),
				refusal("PAYLOAD_TOO_LARGE")
			]);
			await call("rooms.end", { id: room.id }, as("8"));
		});

		it("tells viewers how the room is while they cannot be counted", async () => {
			const room = await stage.room("6");
			await stage.publish(room, "6");
			const service = stage.broker.getLocalService("rooms") as unknown as {
				viewers: ViewerStore;
			};
			const { viewers } = service;
			const away = () => Promise.reject(new Error("away"));
			service.viewers = { touch: away, counts: away };
			const seen = await call("rooms.view", { id: room.id, viewerId: "page-0001" });
			service.viewers = viewers;
			expect(seen).toMatchObject({ status: "live", viewers: 0 });
			await call("rooms.end", { id: room.id }, as("6"));
		});
	});
}
