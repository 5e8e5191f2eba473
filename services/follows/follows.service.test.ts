import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type RoomStage, startRooms } from "../../test/harness/room-stage.ts";
import { until } from "../../test/harness/until.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`follows on ${backend.name}`, () => {
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

		/** Goes live with a picture; the id of the room. */
		async function goLive(hostId: string): Promise<{ id: string }> {
			const room = await stage.room(hostId);
			const { generation } = await stage.publish(room, hostId);
			const told = { roomId: room.id, generation, nodeId: "m", info: {} };
			await call("rooms.streamStarted", told);
			return { id: room.id };
		}

		it("counts each fan once, however often they follow and leave", async () => {
			const follow = (who: string) => call("follows.follow", { id: "1" }, as(who));
			expect(await follow("20")).toEqual({ following: true, fans: 1 });
			expect(await follow("20")).toEqual({ following: true, fans: 1 });
			expect(await follow("21")).toEqual({ following: true, fans: 2 });
			expect(await call("follows.status", { id: "1" })).toEqual({ following: false, fans: 2 });
			expect(await call("follows.status", { id: "1" }, as("21"))).toMatchObject({
				following: true
			});
			for (const _ of [1, 2]) {
				const left = await call("follows.unfollow", { id: "1" }, as("20"));
				expect(left).toEqual({ following: false, fans: 1 });
			}
			expect(await call("follows.status", { id: "77" })).toEqual({ following: false, fans: 0 });
		});

		it("keeps the count when many come and go at once", async () => {
			const people = Array.from({ length: 20 }, (_, index) => String(30 + index));
			const all = people.flatMap((who) => [
				call("follows.follow", { id: "2" }, as(who)),
				call("follows.follow", { id: "2" }, as(who))
			]);
			await Promise.all(all);
			expect((await call("follows.status", { id: "2" })).fans).toBe(20);
			await Promise.all(
				people.slice(5).map((who) => call("follows.unfollow", { id: "2" }, as(who)))
			);
			expect((await call("follows.status", { id: "2" })).fans).toBe(5);
		});

		it("pages through the followers of a host", async () => {
			const fans = ["60", "61", "62", "63", "64"];
			await Promise.all(fans.map((who) => call("follows.follow", { id: "4" }, as(who))));
			const seen: string[][] = [];
			let after: string | null = null;
			do {
				const page: { userIds: string[]; next: string | null } = await call("follows.followersOf", {
					hostId: "4",
					after,
					limit: 2
				});
				seen.push(page.userIds);
				after = page.next;
			} while (after !== null);
			expect(seen).toEqual([["60", "61"], ["62", "63"], ["64"]]);
			const all = await call("follows.followersOf", { hostId: "4", after: null, limit: 5 });
			expect(all).toEqual({ userIds: fans, next: null });
			const none = await call("follows.followersOf", { hostId: "99", after: null, limit: 5 });
			expect(none).toEqual({ userIds: [], next: null });
		});

		it("refuses oneself, strangers and guests", async () => {
			const refusal = (type: string) => ({ status: "rejected", reason: { type } });
			expect(
				await Promise.allSettled([
					call("follows.follow", { id: "20" }, as("20")),
					call("follows.follow", { id: "100000" }, as("20")),
					call("follows.follow", { id: "1" }),
					call("follows.live", {}),
					call("follows.notices", { cursor: "nonsense" }, as("20"))
				])
			).toMatchObject([
				refusal("CANNOT_FOLLOW_SELF"),
				refusal("NOT_FOUND"),
				refusal("UNAUTHENTICATED"),
				refusal("UNAUTHENTICATED"),
				refusal("BAD_REQUEST")
			]);
		});

		it("tells followers when a host goes live, once, and not of what was before", async () => {
			await call("follows.follow", { id: "3" }, as("50"));
			const first = await goLive("3");
			const notices = (who: string, query = {}) => call("follows.notices", query, as(who));
			await until(async () => (await notices("50")).items.length === 1);
			expect((await notices("50")).items[0]).toEqual({
				...{ id: expect.any(String), type: "went-live", roomId: first.id },
				...{ host: { id: "3", nickname: "Name 3", avatarUrl: null }, at: expect.any(String) }
			});
			const { items } = await call("follows.live", {}, as("50"));
			expect(items).toMatchObject([{ id: first.id, onAir: true, host: { id: "3" } }]);

			// Another who follows later is not told of what was before; both hear the next.
			await call("follows.follow", { id: "3" }, as("51"));
			expect((await notices("51")).items).toEqual([]);
			await call("rooms.end", { id: first.id }, as("3"));
			expect((await call("follows.live", {}, as("50"))).items).toEqual([]);
			const second = await goLive("3");
			await until(async () => (await notices("51")).items.length === 1);
			const page = await notices("50", { limit: 1 });
			expect(page.items).toMatchObject([{ roomId: second.id }]);
			const rest = await notices("50", { limit: 1, cursor: page.nextCursor });
			expect(rest).toMatchObject({ items: [{ roomId: first.id }], nextCursor: null });

			await call("follows.unfollow", { id: "3" }, as("50"));
			expect((await notices("50")).items).toEqual([]);
		});
	});
}
