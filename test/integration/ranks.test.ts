/** Rankings as viewers see them, and made again by the command while gifts go on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSql } from "../../mixins/sql/index.ts";
import { testEnv } from "../harness/backends.ts";
import { type GiftShop, giftShop } from "../harness/gift-shop.ts";
import { type RunningPlatform, startEmbedded, startProcess } from "../harness/platforms.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";

interface Ranking {
	readonly items: readonly {
		readonly user: { readonly id: string; readonly nickname: string };
		readonly coins: number;
		readonly place: number;
	}[];
}

const rankingOf =
	(shop: GiftShop) =>
	async (roomId: string, period: "session" | "day" = "session") => {
		const path = `GET /rooms/${roomId}/ranking?period=${period}` as const;
		const { items } = await shop.good<Ranking>(undefined, path);
		return items.map(({ user, coins, place }) => [place, user.id, coins]);
	};

const soon = { timeout: 15_000 };

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`ranks on ${platform.name}`, () => {
		it("show who gave most, on every node, and what a fan is", async () => {
			const shop = giftShop(platform.edges);
			const ranking = rankingOf(shop);
			const { person: host, roomId } = await shop.host();
			const [one, two] = [await shop.payer(600), await shop.payer(600)];
			await shop.give(one, roomId, { count: 10 });
			await shop.give(two, roomId, { count: 10 });
			await shop.give(two, roomId, { count: 490 });
			const places = [
				[1, two.id, 500],
				[2, one.id, 10]
			];
			for (const _ of platform.edges)
				await expect.poll(() => ranking(roomId), soon).toEqual(places);
			expect(await ranking(roomId, "day")).toEqual(places);
			const fan = await shop.good(two, `GET /users/${host.id}/fan`);
			expect(fan).toEqual({ coins: 500, level: 3, nextLevelCoins: 2_000 });
			// After the end the last session can still be looked at.
			await shop.good(host, `POST /rooms/${roomId}/end`);
			await expect.poll(() => ranking(roomId), soon).toEqual(places);
			expect((await shop.call(undefined, "GET /rooms/31337/ranking")).status).toBe(404);
			expect((await shop.call(undefined, `GET /rooms/${roomId}/ranking?period=year`)).status).toBe(
				422
			);
		});
	});
}

describe("npm run ranks:rebuild", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-ranks-"));
	let own: RunningPlatform;

	beforeAll(async () => {
		own = await startEmbedded(folder);
	});
	afterAll(async () => {
		await own?.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	});

	it("makes sums right again that were lost, while gifts go on", async () => {
		const shop = giftShop(own.edges);
		const ranking = rankingOf(shop);
		const { person: host, roomId } = await shop.host();
		const [one, two] = [await shop.payer(600), await shop.payer(600)];
		for (const count of [10, 20, 30]) await shop.give(one, roomId, { count });
		await expect.poll(() => ranking(roomId), soon).toEqual([[1, one.id, 60]]);
		const db = openSql(testEnv(folder));
		await db.execute("UPDATE ranks_totals SET coins = coins + 5000");
		await db.close();
		const fan = () => shop.good<{ coins: number }>(one, `GET /users/${host.id}/fan`);
		expect((await fan()).coins).toBe(5_060);
		const rebuild = startProcess({
			...{ name: "rebuild", script: "scripts/ranks-rebuild.ts", folder },
			variables: { NODE_ENV: "test", LOG_LEVEL: "warn" }
		});
		const meanwhile = await Promise.all(
			Array.from({ length: 10 }, () => shop.give(two, roomId, { count: 7 }))
		);
		expect(meanwhile.map(({ status }) => status)).toEqual(Array(10).fill(200));
		await rebuild.gone;
		expect(rebuild.log()).toMatch(/Done: rankings are what \d+ gifts make them\./);
		await expect
			.poll(() => ranking(roomId), soon)
			.toEqual([
				[1, two.id, 70],
				[2, one.id, 60]
			]);
		await expect.poll(async () => (await fan()).coins, soon).toBe(60);
	});
});
