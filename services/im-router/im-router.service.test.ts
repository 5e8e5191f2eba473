import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import {
	deviceId,
	from,
	life,
	nextUser,
	routerStage
} from "../../test/integration/im-router-stage.ts";
import { emptyEpoch } from "./im-router.rules.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`im-router on ${backend.name}`, () => {
		const { call, connect, lines, tell, answer } = routerStage(backend);

		it("numbers what is said, sends it where it is wanted, and keeps it", async () => {
			const room = { roomId: "11" };
			const end = await call("im-router.join", { ...room, ...life });
			const first = await call("im-router.say", { ...room, from, clientId: "a", text: "hi" });
			const repeat = await call("im-router.say", { ...room, from, clientId: "a", text: "hi" });
			expect(repeat).toEqual(first);
			expect(first.offset).toBe(1);
			const platform = { ...room, messageId: "gift-1", kind: "gift", body: { coins: 7 } } as const;
			const gift = await call("im-router.publish", { ...platform, class: "reliable" });
			expect(gift).toEqual({ offset: 2 });
			expect(await call("im-router.publish", { ...platform, class: "reliable" })).toEqual(gift);
			const snapshot = {
				...room,
				messageId: "v-1",
				kind: "viewers",
				body: { viewers: 3 }
			} as const;
			expect(await call("im-router.publish", { ...snapshot, class: "ephemeral" })).toEqual({});

			await until(() => lines("11").length === 3);
			const sent = lines("11").map(({ json }) => JSON.parse(json));
			expect(lines("11").map(({ reliable, offset }) => [reliable, offset])).toEqual([
				[false, 1],
				[true, 2],
				[false, undefined]
			]);
			expect(sent[0]).toEqual({
				...{ id: first.id, class: "ephemeral", kind: "chat", roomId: "11", from },
				...{ offset: 1, epoch: end.epoch, at: expect.any(String), body: { text: "hi" } }
			});
			const page = await call("im-router.history", { id: "11" });
			expect(page).toEqual({
				epoch: end.epoch,
				offset: 2,
				recovered: true,
				items: sent.slice(0, 2)
			});
			expect(await call("im-router.room", room)).toEqual({
				...{ epoch: end.epoch, offset: 2, kept: 2, nodes: [life] }
			});
			const renewed = await call("im-router.renew", { ...life, rooms: ["11"] });
			expect(renewed).toEqual({ known: true, rooms: [{ roomId: "11", ...end, offset: 2 }] });
		});

		it("shows what came after a position, or says that it cannot", async () => {
			for (const clientId of ["a", "b"]) {
				await call("im-router.say", { roomId: "15", from, clientId, text: "hi" });
			}
			const end = await call("im-router.history", { id: "15" });
			const after = { epoch: end.epoch, after: 1 };
			expect(await call("im-router.history", { id: "15", ...after })).toMatchObject({
				...{ recovered: true, items: [{ offset: 2 }] }
			});
			for (const lost of [{ after: 1 }, { epoch: "other", after: 1 }, { ...after, after: 99 }]) {
				expect(await call("im-router.history", { id: "15", ...lost })).toMatchObject({
					...{ recovered: false, items: [{ offset: 1 }, { offset: 2 }] }
				});
			}
		});

		it("knows nothing of rooms where nothing was said, and makes nothing up", async () => {
			const nothing = { epoch: emptyEpoch, offset: 0, items: [] };
			expect(await call("im-router.history", { id: "12" })).toEqual({
				...nothing,
				recovered: true
			});
			const lost = { id: "12", epoch: "gone", after: 4 };
			expect(await call("im-router.history", lost)).toEqual({ ...nothing, recovered: false });
			const room = call("im-router.room", { roomId: "12" });
			await expect(room).rejects.toMatchObject({ type: "NOT_FOUND" });
		});

		it("forgets a room that a node has left, or turns out not to have", async () => {
			const say = (clientId: string) =>
				call("im-router.say", { roomId: "13", from, clientId, text: "hi" });
			const nodes = async () => (await call("im-router.room", { roomId: "13" })).nodes;
			await call("im-router.join", { roomId: "13", ...life });
			await call("im-router.part", { roomId: "13", ...life });
			await say("a");
			expect(await nodes()).toEqual([]);
			await call("im-router.join", { roomId: "13", ...life });
			answer.emptyRooms = ["13"];
			await say("b");
			await until(async () => (await nodes()).length === 0);
			expect(lines("13").map(({ offset }) => offset)).toEqual([2]);
		});

		it("ends the rows of a node that has become another", async () => {
			const userId = nextUser();
			await connect(userId);
			expect(await call("im-router.online", { userIds: [userId] })).toEqual({ userIds: [userId] });
			answer.alive = false;
			await tell(userId, "a");
			await until(
				async () => (await call("im-router.online", { userIds: [userId] })).userIds.length === 0
			);
			expect((await call("im-router.renew", { ...life, rooms: [] })).known).toBe(false);
		});

		it("refuses bodies that are too large", async () => {
			const body = { text: "x".repeat(limits.messageBodyBytesMax) };
			const refusal = { type: "PAYLOAD_TOO_LARGE" };
			const common = { messageId: "big", kind: "system", body } as const;
			const room = { roomId: "14", class: "reliable", ...common } as const;
			await expect(call("im-router.publish", room)).rejects.toMatchObject(refusal);
			const users = { userIds: ["1"], ...common };
			await expect(call("im-router.notify", users)).rejects.toMatchObject(refusal);
			await expect(call("im-router.hint", users)).rejects.toMatchObject(refusal);
		});

		it("says where somebody is, until they go", async () => {
			const userId = nextUser();
			const { epoch } = await connect(userId);
			await tell(userId, "a");
			const items = async () => (await call("im-router.whereis", { userId })).items;
			expect(await items()).toEqual([
				{ deviceId, ...life, epoch, since: expect.any(String), pending: 1 }
			]);
			const own = { userId, deviceId, epoch, ...life };
			const earlier = { ...own, epoch: epoch - 1 };
			expect(await call("im-router.disconnect", earlier)).toEqual({ removed: false });
			expect(await call("im-router.disconnect", own)).toEqual({ removed: true });
			expect(await items()).toEqual([]);
		});
	});
}
