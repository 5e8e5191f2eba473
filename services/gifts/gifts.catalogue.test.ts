import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import {
	asOperator,
	asSender,
	type GiftStage,
	giftHost,
	startGifts
} from "../../test/harness/gift-stage.ts";

const soon = { timeout: 10_000 };

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`the catalogue of gifts on ${backend.name}`, () => {
		let opened: Opened;
		let stage: GiftStage;
		let send: GiftStage["send"];

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startGifts(opened);
			send = stage.send;
		});
		afterAll(async () => {
			await stage?.stop();
			await opened?.close();
		});

		it("shows the base catalogue in three languages", async () => {
			const { items } = await stage.call("gifts.list", {});
			expect(items).toHaveLength(8);
			expect(items[1]).toEqual({
				...{ id: "2", name: "Rose", price: 5, effect: "petals", icon: "🌹", countMax: 9_999 },
				names: { en: "Rose", zh: "玫瑰", ko: "장미" }
			});
			expect(items.map(({ price }) => price)).toEqual(
				items.map(({ price }) => price).toSorted((a, b) => a - b)
			);
		});

		it("operators manage the catalogue; what was given stays as it was", async () => {
			const [id, who] = [stage.live(), await stage.payer(1_000)];
			const names = { en: "Lantern", zh: "灯笼", ko: "등" };
			const words = { names, price: 10, effect: "lantern", icon: "🏮" };
			const made = await stage.call("gifts.create", words, asOperator);
			const shown = { ...words, id: made.id, countMax: 9_999, retiredAt: null };
			expect(made).toEqual({ ...shown, name: "Lantern", updatedAt: expect.any(String) });
			const listed = async () =>
				(await stage.call("gifts.list", {})).items.find((gift) => gift.id === made.id);
			expect(await listed()).toMatchObject({ price: 10 });
			await send(who, { id, giftId: made.id });
			const dearer = { id: made.id, price: 25, names: { ...names, en: "Big lantern" } };
			expect(await stage.call("gifts.update", dearer, asOperator)).toMatchObject({ price: 25 });
			await expect.poll(async () => (await listed())?.price, soon).toBe(25);
			await send(who, { id, giftId: made.id, count: 2 });
			const { items } = await stage.call("gifts.sent", {}, asSender(who));
			expect(items.map(({ gift, coins }) => [gift.name, gift.price, coins])).toEqual([
				["Big lantern", 25, 50],
				["Lantern", 10, 10]
			]);
			const retired = await stage.call("gifts.retire", { id: made.id }, asOperator);
			expect(retired.retiredAt).not.toBeNull();
			await expect.poll(listed, soon).toBeUndefined();
			await expect(send(who, { id, giftId: made.id })).rejects.toMatchObject({
				type: "GIFT_NOT_AVAILABLE"
			});
			const all = await stage.call("gifts.catalogue", {}, asOperator);
			expect(all.items.find((gift) => gift.id === made.id)).toEqual(retired);
			await stage.call("gifts.update", { id: made.id, retired: false }, asOperator);
			await expect.poll(listed, soon).toMatchObject({ price: 25 });
			for (const [type, attempt] of [
				["FORBIDDEN", () => stage.call("gifts.create", words, asSender(who))],
				["FORBIDDEN", () => stage.call("gifts.catalogue", {}, asSender(who))],
				["NOT_FOUND", () => stage.call("gifts.retire", { id: "77777" }, asOperator)],
				[
					"VALIDATION_ERROR",
					() => stage.call("gifts.update", { id: made.id, price: 0 }, asOperator)
				]
			] as const) {
				await expect(attempt()).rejects.toMatchObject({ type });
			}
		});

		it("shows hosts their statement page by page, and nobody else", async () => {
			const [id, one, two] = [stage.live(), await stage.payer(100), await stage.payer(100)];
			for (const count of [1, 2, 3]) await send(one, { id, count });
			await send(two, { id });
			const query = { id, limit: 3 };
			const page = await stage.call("gifts.statement", query, asSender(giftHost));
			expect(
				page.items.map(({ sender, coins, hostCoins }) => [sender.id, coins, hostCoins])
			).toEqual([
				[two, 5, 1],
				[one, 15, 4],
				[one, 10, 3]
			]);
			const cursor = page.nextCursor ?? "";
			const rest = await stage.call("gifts.statement", { ...query, cursor }, asSender(giftHost));
			expect(rest).toMatchObject({ items: [{ coins: 5, hostCoins: 1 }], nextCursor: null });
			const sums = { records: 4, coins: 35, hostCoins: 9 };
			expect(await stage.call("gifts.total", { id }, asSender(giftHost))).toMatchObject(sums);
			// A session of another room shows nothing, also to a host.
			const other = { id: stage.live(), sessionId: String(Number(id) + 5_000) };
			expect(await stage.call("gifts.total", other, asSender(giftHost))).toMatchObject({
				records: 0
			});
			for (const action of ["gifts.statement", "gifts.total"] as const) {
				await expect(stage.call(action, { id }, asSender(one))).rejects.toMatchObject({
					type: "NOT_FOUND"
				});
			}
			const mine = await stage.call("gifts.sent", { limit: 2 }, asSender(one));
			expect(mine.items).toHaveLength(2);
			const older = await stage.call(
				"gifts.sent",
				{ limit: 2, cursor: mine.nextCursor ?? "" },
				asSender(one)
			);
			expect(older).toMatchObject({ items: [{ count: 1, hostId: giftHost }], nextCursor: null });
		});
	});
}
