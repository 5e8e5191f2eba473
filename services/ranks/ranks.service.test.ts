import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRedis } from "../../mixins/redis.ts";
import { rebuildFromRecords } from "../../scripts/ranks-rebuild.ts";
import { type Opened, sqlBackends, storeBackends } from "../../test/harness/backends.ts";
import { asSender, type GiftStage, giftHost, startGifts } from "../../test/harness/gift-stage.ts";
import { until } from "../../test/harness/until.ts";
import ranksService from "./ranks.service.ts";

type Period = "session" | "day";

const rankingOf = (stage: GiftStage) => async (id: string, period?: Period, limit?: number) => {
	const query = { id, ...(period ? { period } : {}), ...(limit ? { limit } : {}) };
	const { items } = await stage.call("ranks.ranking", query);
	return items.map(({ user, coins, place }) => [place, user.id, coins]);
};

const soon = { timeout: 10_000 };

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`ranks on ${backend.name}`, () => {
		let opened: Opened;
		let stage: GiftStage;
		let ranking: ReturnType<typeof rankingOf>;

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startGifts(opened, [ranksService]);
			ranking = rankingOf(stage);
		});
		afterAll(async () => {
			await stage?.stop();
			await opened?.close();
		});

		it("ranks who gave most in a session and on a day, ties by who was first", async () => {
			const id = stage.live();
			const [one, two, three] = [
				await stage.payer(500),
				await stage.payer(500),
				await stage.payer(500)
			];
			expect(await ranking(id)).toEqual([]);
			await stage.send(one, { id, count: 2 });
			await stage.send(two, { id, count: 4 });
			await expect
				.poll(() => ranking(id), soon)
				.toEqual([
					[1, two, 20],
					[2, one, 10]
				]);
			await stage.send(three, { id, count: 2 });
			await stage.send(one, { id, count: 3 });
			const places = [
				[1, one, 25],
				[2, two, 20],
				[3, three, 10]
			];
			await expect.poll(() => ranking(id), soon).toEqual(places);
			expect(await ranking(id, "day")).toEqual(places);
			expect(await ranking(id, "session", 1)).toEqual(places.slice(0, 1));
			const { items } = await stage.call("ranks.ranking", { id, limit: 1 });
			expect(items[0]?.user).toEqual({
				...{ id: one, nickname: `Name ${one}`, avatarUrl: null, level: 3 }
			});

			// The next session of the room begins empty; the day goes on.
			stage.rooms.set(id, { status: "live", sessionId: "77001" });
			await stage.broker.broadcast("rooms.changed", { roomId: id });
			await expect.poll(() => ranking(id), soon).toEqual([]);
			await stage.send(three, { id, count: 3 });
			await expect.poll(() => ranking(id), soon).toEqual([[1, three, 15]]);
			await expect
				.poll(() => ranking(id, "day"), soon)
				.toEqual(
					[
						[1, one, 25],
						[2, three, 25],
						[3, two, 20]
					].sort((left, right) => (left[1] === two ? 1 : right[1] === two ? -1 : 0))
				);
			await expect(ranking("999999")).rejects.toMatchObject({ type: "NOT_FOUND" });
			await expect(ranking("999999", "day")).rejects.toMatchObject({ type: "NOT_FOUND" });
		});

		it("gives fans levels by all that they gave to a host", async () => {
			const who = await stage.payer(1_000);
			const fan = () => stage.call("ranks.fan", { id: giftHost }, asSender(who));
			expect(await fan()).toEqual({ coins: 0, level: 0, nextLevelCoins: 1 });
			await stage.send(who, { id: stage.live(), count: 10 });
			await stage.send(who, { id: stage.live(), count: 12 });
			await expect.poll(fan, soon).toEqual({ coins: 110, level: 2, nextLevelCoins: 500 });
			const asked = { hostId: giftHost, userIds: ["4242", who] };
			expect(await stage.call("ranks.fans", asked)).toEqual({
				items: [
					{ userId: "4242", coins: 0, level: 0 },
					{ userId: who, coins: 110, level: 2 }
				]
			});
			await expect(stage.call("ranks.fan", { id: giftHost })).rejects.toMatchObject({
				type: "UNAUTHENTICATED"
			});
		});

		it("is made again from the gift records alone", async () => {
			const [id, who, other] = [stage.live(), await stage.payer(900), await stage.payer(900)];
			for (const count of [1, 2, 3]) await stage.send(who, { id, count });
			await stage.send(other, { id, count: 4 });
			const places = [
				[1, who, 30],
				[2, other, 20]
			];
			await expect.poll(() => ranking(id), soon).toEqual(places);
			const [state] = await stage.db.query("SELECT generation FROM ranks_state");
			await stage.db.execute("DELETE FROM ranks_totals");
			await stage.db.execute("UPDATE ranks_state SET generation = generation + 1");
			await expect.poll(() => ranking(id), soon).toEqual([]);
			const steps: number[] = [];
			const counted = await rebuildFromRecords(stage.db, (count) => steps.push(count));
			const [{ records } = { records: 0 }] = await stage.db.query<{ records: number }>(
				"SELECT COUNT(*) AS records FROM gifts_records"
			);
			expect(counted).toBe(Number(records));
			expect(steps.at(-1)).toBe(counted);
			expect(state).toEqual({ generation: 1 });
			await expect.poll(() => ranking(id), soon).toEqual(places);
			await expect.poll(() => ranking(id, "day"), soon).toEqual(places);
			// What comes now counts on top.
			await stage.send(other, { id, count: 4 });
			await expect
				.poll(() => ranking(id), soon)
				.toEqual([
					[1, other, 40],
					[2, who, 30]
				]);
		});
	});
}

const redisBackend = storeBackends.find(({ name }) => name === "redis");
describe.skipIf(!redisBackend?.available)("ranks on redis", () => {
	it("are the same after Redis was wiped, also when gifts come right then", async () => {
		const opened = await (redisBackend as (typeof storeBackends)[number]).open();
		const stage = await startGifts(opened, [ranksService]);
		const ranking = rankingOf(stage);
		const client = openRedis(opened.env.redisUrl ?? "", stage.broker.logger);
		try {
			const [id, who] = [stage.live(), await stage.payer(500)];
			await stage.send(who, { id, count: 2 });
			await expect.poll(() => ranking(id), soon).toEqual([[1, who, 10]]);
			const held = async () => (await client.keys("ranks:*")).length > 0;
			await until(held);
			await client.flushdb();
			expect(await held()).toBe(false);
			expect(await ranking(id)).toEqual([[1, who, 10]]);
			expect(await held()).toBe(true);
			await client.flushdb();
			await stage.send(who, { id, count: 2 });
			await expect.poll(() => ranking(id), soon).toEqual([[1, who, 20]]);
		} finally {
			client.disconnect();
			await stage.stop();
			await opened.close();
		}
	});
});
