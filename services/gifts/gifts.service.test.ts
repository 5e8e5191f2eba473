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
	describe.skipIf(!backend.available)(`giving gifts on ${backend.name}`, () => {
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

		const tables = async () => {
			const names = ["gifts_records", "wallets_accounts", "wallets_transfers", "wallets_entries"];
			return Promise.all(names.map((name) => stage.db.query(`SELECT * FROM ${name}`)));
		};
		const recordsOf = (who: string) =>
			stage.db.query<{ coins: number; host_coins: number; combo: number }>(
				"SELECT coins, host_coins, combo FROM gifts_records WHERE user_id = ? ORDER BY id",
				[who]
			);
		const heardOf = (who: string) =>
			stage.heard.filter(({ payload }) => JSON.stringify(payload).includes(`"id":"${who}"`));

		it("takes the coins, shares them, keeps a record and tells of it", async () => {
			const [id, who] = [stage.live("paused"), await stage.payer(100)];
			const answer = await send(who, { id, count: 3 });
			expect(answer).toEqual({ id: expect.any(String), balance: 85, combo: 3 });
			expect(await recordsOf(who)).toEqual([{ coins: 15, host_coins: 4, combo: 3 }]);
			await expect.poll(() => heardOf(who), soon).toHaveLength(1);
			expect(heardOf(who)[0]).toEqual({
				channel: "gifts.sent",
				payload: {
					...{ giftRecordId: answer.id, roomId: id, sessionId: String(Number(id) + 5_000) },
					...{ hostId: giftHost, sender: { id: who, nickname: `Name ${who}`, level: 3 } },
					gift: { id: "2", name: "Rose", effect: "petals", icon: "🌹" },
					...{ count: 3, coins: 15, combo: 3, at: expect.any(String) }
				}
			});
		});

		it("counts combos from what was committed, per gift and room", async () => {
			const [id, other, who] = [stage.live(), stage.live(), await stage.payer(1_000)];
			const all = [];
			for (const count of [1, 2, 1]) all.push(await send(who, { id, count }));
			expect(all.map(({ combo }) => combo)).toEqual([1, 3, 4]);
			expect((await send(who, { id: other })).combo).toBe(1);
			expect((await send(who, { id, giftId: "1" })).combo).toBe(1);
			const together = await Promise.all(Array.from({ length: 20 }, () => send(who, { id })));
			expect(together.map(({ combo }) => combo).sort((a, b) => a - b)).toEqual(
				Array.from({ length: 20 }, (_, index) => index + 5)
			);
			// Six seconds later it is a new one.
			await stage.db.execute("UPDATE gifts_records SET sent_at = ? WHERE user_id = ?", [
				new Date(Date.now() - 6_000),
				who
			]);
			expect((await send(who, { id })).combo).toBe(1);
		});

		it("the same key is one gift however often it comes; another body is refused", async () => {
			const [id, who, key] = [stage.live(), await stage.payer(100), "key-1"];
			const answers = await Promise.all(
				Array.from({ length: 20 }, () => send(who, { id, count: 2 }, key))
			);
			expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
			expect(answers[0]).toMatchObject({ balance: 90 });
			await send(who, { id });
			expect(await send(who, { id, count: 2 }, key)).toEqual(answers[0]);
			for (const other of [
				{ id, count: 3 },
				{ id, count: 2, giftId: "1" },
				{ id: stage.live(), count: 2 }
			]) {
				await expect(send(who, other, key)).rejects.toMatchObject({ type: "IDEMPOTENCY_CONFLICT" });
			}
			expect(await recordsOf(who)).toHaveLength(2);
			// Another user may use the same key.
			expect(await send(await stage.payer(50), { id, count: 2 }, key)).toMatchObject({
				balance: 40
			});
		});

		it("a retry gets its first answer when the room has ended and the gift is gone", async () => {
			const [id, who] = [stage.live(), await stage.payer(100)];
			const words = { price: 7, effect: "heart", icon: "x" };
			const names = { en: "Brief", zh: "短", ko: "짧음" };
			const gift = await stage.call("gifts.create", { ...words, names, countMax: 2 }, asOperator);
			const params = { id, giftId: gift.id, count: 2 };
			const first = await send(who, params, "late");
			stage.rooms.set(id, { status: "ended", sessionId: null });
			await stage.broker.broadcast("rooms.changed", { roomId: id });
			await stage.call("gifts.retire", { id: gift.id }, asOperator);
			expect(await send(who, params, "late")).toEqual(first);
			await expect(send(who, { ...params, count: 1 }, "late")).rejects.toMatchObject({
				type: "IDEMPOTENCY_CONFLICT"
			});
			await expect(send(who, params)).rejects.toMatchObject({ type: "ROOM_NOT_LIVE" });
		});

		it("64 at once for the last coins: as many win as can pay", async () => {
			const [id, who] = [stage.live(), await stage.payer(12)];
			const results = await Promise.allSettled(Array.from({ length: 64 }, () => send(who, { id })));
			expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
			const refused = results.filter((one) => one.status === "rejected");
			expect(new Set(refused.map(({ reason }) => reason.type))).toEqual(
				new Set(["INSUFFICIENT_BALANCE"])
			);
			expect(await recordsOf(who)).toHaveLength(2);
			const [left] = await stage.db.query<{ balance: number }>(
				"SELECT balance FROM wallets_accounts WHERE owner = ? AND kind = 'coins'",
				[who]
			);
			expect(Number(left?.balance)).toBe(2);
		});

		it("refuses what is not right, and moves nothing", async () => {
			const [id, who] = [stage.live(), await stage.payer(10)];
			const [scheduled, ended] = [stage.live("scheduled"), stage.live("ended")];
			const frozen = await stage.payer(1_000);
			await stage.db.execute("UPDATE wallets_accounts SET frozen = 1 WHERE owner = ?", [frozen]);
			const before = await tables();
			const refusals: [string, () => Promise<unknown>][] = [
				["VALIDATION_ERROR", () => send(who, { id, count: 0 })],
				["VALIDATION_ERROR", () => send(who, { id, count: -1 })],
				["VALIDATION_ERROR", () => send(who, { id, count: 1.5 })],
				["VALIDATION_ERROR", () => send(who, { id, count: 10_000 })],
				["VALIDATION_ERROR", () => send(who, { id, count: Number.MAX_SAFE_INTEGER })],
				["GIFT_COUNT_NOT_ALLOWED", () => send(who, { id, giftId: "8", count: 100 })],
				["GIFT_NOT_AVAILABLE", () => send(who, { id, giftId: "4242" })],
				["NOT_FOUND", () => send(who, { id: "999999" })],
				["ROOM_NOT_LIVE", () => send(who, { id: scheduled })],
				["ROOM_NOT_LIVE", () => send(who, { id: ended })],
				["GIFT_TO_SELF", () => send(giftHost, { id })],
				["INSUFFICIENT_BALANCE", () => send(who, { id, count: 3 })],
				["INSUFFICIENT_BALANCE", () => send("424242", { id })],
				["WALLET_FROZEN", () => send(frozen, { id })],
				["UNAUTHENTICATED", () => stage.call("gifts.send", { id, giftId: "2", count: 1 })],
				[
					"IDEMPOTENCY_KEY_REQUIRED",
					() => stage.call("gifts.send", { id, giftId: "2", count: 1 }, asSender(who))
				],
				["IDEMPOTENCY_KEY_REQUIRED", () => send(who, { id }, "x".repeat(65))]
			];
			for (const [type, sending] of refusals) {
				await expect(sending(), type).rejects.toMatchObject({ type });
			}
			const after = await tables();
			// An account may be opened for a user who had none; nothing else is new.
			expect(after[0]).toEqual(before[0]);
			expect(after[2]).toEqual(before[2]);
			expect(after[3]).toEqual(before[3]);
			const balances = (rows: unknown[] = []) =>
				(rows as { id: number; balance: number }[])
					.filter(({ balance }) => Number(balance) !== 0)
					.map((row) => [row.id, row.balance]);
			expect(balances(after[1])).toEqual(balances(before[1]));
		});

		it("tells a sender who waits no longer that the gift was refused", async () => {
			const [id, who] = [stage.live(), await stage.payer(1)];
			await stage.call("gifts.list", {});
			// Somebody holds the ledger for longer than the sender waits.
			const held = Promise.withResolvers<void>();
			const locked = Promise.withResolvers<void>();
			const blocking = stage.db.transaction(async (tx) => {
				await tx.execute("UPDATE wallets_accounts SET frozen = 0 WHERE owner = ?", [who]);
				locked.resolve();
				await held.promise;
			});
			await locked.promise;
			const sending = stage.call(
				"gifts.send",
				{ id, giftId: "2", count: 1 },
				asSender(who, "gone", 300)
			);
			await expect(sending).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
			held.resolve();
			await blocking;
			await expect
				.poll(() => stage.heard.filter((one) => one.channel === "gifts.failed"), soon)
				.toHaveLength(1);
			expect(stage.heard.find((one) => one.channel === "gifts.failed")?.payload).toEqual({
				...{ roomId: id, senderId: who, giftId: "2", count: 1, key: "gone" },
				...{ reason: "INSUFFICIENT_BALANCE", at: expect.any(String) }
			});
		});
	});
}
