import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type RoomStage, startRooms } from "../../test/harness/room-stage.ts";
import { until } from "../../test/harness/until.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { StreamKeys } from "./rooms.keys.ts";
import { sweepRooms } from "./rooms.sweep.ts";

const info = { video: "H264" };
const address = "127.0.0.1";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`streams of rooms on ${backend.name}`, () => {
		let opened: Opened;
		let stage: RoomStage;
		let call: RoomStage["call"];

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startRooms(opened, { "rooms.graceSeconds": 1 });
			call = stage.call;
		});
		afterAll(async () => {
			await stage.stop();
			await opened.close();
		});

		const get = (id: string) => call("rooms.get", { id });
		const authorize = (key: string) => call("rooms.authorizePublish", { key, address });
		const refused = (type: string) => ({ status: "rejected", reason: { type } });

		/** As if it were later. */
		async function sweepIn(seconds: number, graceSeconds = limits.roomGraceSeconds) {
			const { sql } = stage.broker.getLocalService("rooms") as unknown as { sql: Sql };
			await sweepRooms(sql, { now: new Date(Date.now() + seconds * 1000), graceSeconds });
		}

		/** A room whose picture is seen. */
		async function onAir(hostId: string) {
			const room = await stage.room(hostId);
			const { generation, sessionId } = await stage.publish(room, hostId);
			await call("rooms.streamStarted", { roomId: room.id, generation, nodeId: "m", info });
			return { ...room, generation, sessionId };
		}

		it("lets only the last key of a live room in", async () => {
			const room = await stage.room("1");
			await expect(authorize(room.key)).rejects.toMatchObject({ type: "ROOM_NOT_LIVE" });
			await call("rooms.start", { id: room.id }, as("1"));
			const next = await call("rooms.streamKey", { id: room.id }, as("1"));
			expect(next.url).toMatch(/^rtmp:\/\/127\.0\.0\.1:\d+\/live$/);
			const other = await stage.room("2");
			const forged = new StreamKeys("not-the-secret-of-this-platform-00").issue(
				room.id,
				new Date()
			);
			const old = new StreamKeys(opened.env.secrets.master).issue(room.id, new Date(0));
			const swapped = other.key.replace(other.id, room.id);
			for (const key of [room.key, forged.text, old.text, swapped, room.id, "", "%00"]) {
				await expect(authorize(key), key).rejects.toMatchObject({ type: "KEY_NOT_VALID" });
			}
			expect(await authorize(next.key)).toMatchObject({ roomId: room.id, generation: 1 });
			stage.banned.add("1");
			await expect(authorize(next.key)).rejects.toMatchObject({ type: "HOST_BANNED" });
			stage.banned.delete("1");
			await call("rooms.end", { id: room.id }, as("1"));
			await expect(authorize(next.key)).rejects.toMatchObject({ type: "ROOM_NOT_LIVE" });
		});

		it("stores nothing of a key that could be used", async () => {
			const { key } = await stage.room("1");
			const stored = JSON.stringify(await stage.db.query("SELECT * FROM rooms_rooms"));
			expect(stored).not.toContain(key.slice(-64));
		});

		it("of 50 starts in two rooms of a host, one room goes live", async () => {
			const [first, second] = [await stage.room("3"), await stage.room("3")];
			const starts = Array.from({ length: 50 }, (_, index) =>
				call("rooms.start", { id: index % 2 === 0 ? first.id : second.id }, as("3"))
			);
			const results = await Promise.allSettled(starts);
			const live = new Set<string>();
			for (const result of results) {
				if (result.status === "fulfilled") live.add(result.value.id);
				else expect(result).toMatchObject(refused("HOST_ALREADY_LIVE"));
			}
			expect(live.size).toBe(1);
			const open = await stage.db.query(
				"SELECT id FROM rooms_sessions WHERE host_id = 3 AND ended_at IS NULL"
			);
			expect(open).toHaveLength(1);
			const [id = ""] = live;
			const other = id === first.id ? second.id : first.id;
			await expect(call("rooms.start", { id: other }, as("3"))).rejects.toMatchObject({
				data: { roomId: id }
			});
			await call("rooms.end", { id }, as("3"));
			expect((await call("rooms.start", { id: other }, as("3"))).status).toBe("live");
		});

		it("no publish outlives the rotation of its key, whoever comes first", async () => {
			const room = await stage.room("4");
			await call("rooms.start", { id: room.id }, as("4"));
			let { key } = room;
			for (let round = 0; round < 6; round += 1) {
				const [published, rotated] = await Promise.allSettled([
					authorize(key),
					call("rooms.streamKey", { id: room.id }, as("4"))
				]);
				if (rotated.status !== "fulfilled") throw rotated.reason;
				if (published.status === "fulfilled") {
					const { generation } = published.value;
					const told = { roomId: room.id, generation, nodeId: "m", info };
					expect(await call("rooms.streamStarted", told)).toEqual({ current: false });
				} else {
					expect(published).toMatchObject(refused("KEY_NOT_VALID"));
				}
				expect((await get(room.id)).onAir).toBe(false);
				await expect(authorize(key)).rejects.toMatchObject({ type: "KEY_NOT_VALID" });
				key = rotated.value.key;
			}
			const rotations = () => stage.heard.filter(({ name }) => name === "keyRotated");
			await until(() => rotations().some(({ payload }) => payload.roomId === room.id));
		});

		it("an end and a returning encoder at once end the session", async () => {
			for (let round = 0; round < 5; round += 1) {
				const room = await onAir("5");
				const { generation } = room;
				const told = { roomId: room.id, generation };
				await call("rooms.streamStopped", { ...told, reason: "disconnect" });
				const back = authorize(room.key).then((next) =>
					call("rooms.streamStarted", { ...told, generation: next.generation, nodeId: "m", info })
				);
				await Promise.allSettled([back, call("rooms.end", { id: room.id }, as("5"))]);
				expect(await get(room.id)).toMatchObject({ status: "ended", onAir: false });
			}
		});

		/** Events of one stream after another, in any order and more than once. */
		it("late and repeated events never resurrect or end the wrong thing", async () => {
			const run = async (told: readonly (readonly [number, boolean])[], ends: boolean) => {
				const room = await onAir("6");
				await authorize(room.key);
				const { generation } = await authorize(room.key);
				await call("rooms.streamStarted", { roomId: room.id, generation, nodeId: "m", info });
				if (ends) await call("rooms.end", { id: room.id }, as("6"));
				for (const [old, isStop] of told) {
					const event = { roomId: room.id, generation: old };
					const answer = isStop
						? await call("rooms.streamStopped", { ...event, reason: "late" })
						: await call("rooms.streamHealth", { ...event, info });
					expect(answer).toEqual({ current: false });
				}
				const expected = ends ? { status: "ended", onAir: false } : { onAir: true };
				expect(await get(room.id)).toMatchObject(expected);
				await call("rooms.end", { id: room.id }, as("6"));
			};
			const old = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.boolean());
			const events = fc.array(old, { maxLength: 6 });
			await fc.assert(fc.asyncProperty(events, fc.boolean(), run), { numRuns: 12 });
		}, 60_000);

		it("pauses a room whose media node died, and hears the stream again", async () => {
			const room = await onAir("7");
			const { id, generation } = room;
			await sweepIn(limits.streamSilenceSecondsMax - 3);
			expect((await get(id)).status).toBe("live");
			await sweepIn(limits.streamSilenceSecondsMax + 1);
			expect(await get(id)).toMatchObject({ status: "paused", onAir: false });
			await call("rooms.streamHealth", { roomId: id, generation, info });
			expect(await get(id)).toMatchObject({ status: "live", onAir: true });
			await call("rooms.end", { id }, as("7"));
		});

		it("ends a session that has no packets for half an hour", async () => {
			const room = await stage.room("7");
			await stage.publish(room, "7");
			await sweepIn(limits.roomFirstPacketSecondsMax - 10);
			expect((await get(room.id)).status).toBe("live");
			await sweepIn(limits.roomFirstPacketSecondsMax + 10);
			const { items } = await call("rooms.sessions", { id: room.id });
			expect(items[0]?.endReason).toBe("no-stream");
		});

		it("ends a paused room by itself when the grace of the settings is over", async () => {
			const room = await onAir("8");
			const { id, generation } = room;
			await call("rooms.streamStopped", { roomId: id, generation, reason: "disconnect" });
			expect((await get(id)).status).toBe("paused");
			await until(async () => (await get(id)).status === "ended");
			const { items } = await call("rooms.sessions", { id });
			expect(items[0]?.endReason).toBe("silence");
			await expect(authorize(room.key)).rejects.toMatchObject({ type: "ROOM_NOT_LIVE" });
		});

		it("a ban ends the session of the host", async () => {
			const room = await onAir("2");
			const { sql } = stage.broker.getLocalService("rooms") as unknown as { sql: Sql };
			const at = new Date().toISOString();
			await sql.transaction((tx) => publish(tx, "users.banned", { userId: "2", at }));
			await until(async () => (await get(room.id)).status === "ended");
			const ended = () =>
				stage.heard.find((fact) => fact.name === "ended" && fact.payload.roomId === room.id);
			await until(() => ended() !== undefined);
			expect(ended()?.payload).toMatchObject({ reason: "banned", hostId: "2", generation: 1 });
		});

		it("who loses the host tag loses the session", async () => {
			const room = await onAir("3");
			const { sql } = stage.broker.getLocalService("rooms") as unknown as { sql: Sql };
			const lost = { userId: "3", tag: "host", set: false, by: null } as const;
			await sql.transaction((tx) => publish(tx, "tags.changed", lost));
			await until(async () => (await get(room.id)).status === "ended");
			const { items } = await call("rooms.sessions", { id: room.id });
			expect(items).toMatchObject([{ endReason: "operator" }]);
		});
	});
}
