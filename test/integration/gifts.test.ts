/** Gifts over HTTP with the real ledger: sums, races, retries, and what moves nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GiftShop, giftShop } from "../harness/gift-shop.ts";
import { type Person, signUp } from "../harness/people.ts";
import { type RunningPlatform, startEmbedded } from "../harness/platforms.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { snapshot } from "../harness/snapshot.ts";

interface Given {
	readonly id: string;
	readonly coins: number;
	readonly hostCoins: number;
	readonly count: number;
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`gifts on ${platform.name}`, () => {
		let shop: GiftShop;
		let host: Person;
		let roomId: string;

		beforeAll(async () => {
			shop = giftShop(platform.edges);
			({ person: host, roomId } = await shop.host());
		});

		it("take coins from the viewer, give the host a share, and stand in every book", async () => {
			const { items } = await shop.good<{ items: { id: string; price: number }[] }>(
				undefined,
				"GET /gifts"
			);
			const rose = items.find(({ id }) => id === "2");
			expect(rose).toMatchObject({ name: "Rose", price: 5, effect: "petals" });
			const viewer = await shop.payer(100);
			const incomeBefore = (await shop.balance(host)).income ?? 0;
			const first = await shop.give(viewer, roomId, { giftId: "2", count: 3 });
			expect(first).toEqual({
				status: 200,
				body: { id: expect.stringMatching(/^[1-9]\d*$/), balance: 85, combo: 3 }
			});
			expect((await shop.give(viewer, roomId, { giftId: "2" })).body).toMatchObject({
				balance: 80,
				combo: 4
			});
			expect(await shop.balance(viewer)).toMatchObject({ balance: 80, held: 0 });
			// Half of 15 and half of 5, rounded down; the platform has the rest.
			expect((await shop.balance(host)).income).toBe(incomeBefore + 7 + 2);
			const entries = await shop.good<{ items: object[] }>(viewer, "GET /wallet/entries");
			expect(entries.items.slice(0, 2)).toMatchObject([
				{ amount: -5, balanceAfter: 80, kind: "gift" },
				{ amount: -15, balanceAfter: 85, kind: "gift", reference: first.body.id }
			]);
			const mine = await shop.good<{ items: Given[] }>(viewer, "GET /gifts/sent");
			expect(mine.items.map(({ coins }) => coins)).toEqual([5, 15]);
			const path = `GET /rooms/${roomId}/gifts` as const;
			const statement = await shop.good<{ items: Given[] }>(host, path);
			expect(statement.items.slice(0, 2)).toMatchObject([
				{ coins: 5, hostCoins: 2, sender: { id: viewer.id } },
				{ coins: 15, hostCoins: 7, count: 3 }
			]);
			expect((await shop.call(viewer, path)).status).toBe(404);
			expect((await shop.call(viewer, `GET /rooms/${roomId}/gifts/total`)).status).toBe(404);
			const total = await shop.good<{ coins: number }>(host, `GET /rooms/${roomId}/gifts/total`);
			expect(total.coins).toBeGreaterThanOrEqual(20);
		});

		it("64 at once for the last coin: one wins", async () => {
			const viewer = await shop.payer(1);
			const answers = await Promise.all(
				Array.from({ length: 64 }, () => shop.give(viewer, roomId))
			);
			expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
			const refused = answers.filter(({ status }) => status !== 200);
			expect(new Set(refused.map(({ body }) => body.error.code))).toEqual(
				new Set(["INSUFFICIENT_BALANCE"])
			);
			expect(refused[0]?.status).toBe(402);
			expect((await shop.balance(viewer)).balance).toBe(0);
			const mine = await shop.good<{ items: Given[] }>(viewer, "GET /gifts/sent");
			expect(mine.items).toHaveLength(1);
		});

		it("one key is one gift, from every node and at once; another body is refused", async () => {
			const [viewer, key] = [await shop.payer(50), crypto.randomUUID()];
			const answers = await Promise.all(
				Array.from({ length: 24 }, () => shop.give(viewer, roomId, { count: 7 }, key))
			);
			expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
			expect(answers[0]).toMatchObject({ status: 200, body: { balance: 43 } });
			await shop.give(viewer, roomId);
			expect(await shop.give(viewer, roomId, { count: 7 }, key)).toEqual(answers[0]);
			const other = await shop.give(viewer, roomId, { count: 8 }, key);
			expect(other).toMatchObject({
				status: 409,
				body: { error: { code: "IDEMPOTENCY_CONFLICT" } }
			});
			expect((await shop.balance(viewer)).balance).toBe(42);
		});

		it("many viewers at once: every coin is where it belongs", async () => {
			const { person, roomId: room } = await shop.host();
			const viewers = await Promise.all(Array.from({ length: 6 }, () => shop.payer(100)));
			const counts = viewers.flatMap((viewer) => [1, 3, 5, 7].map((count) => ({ viewer, count })));
			const answers = await Promise.all(
				counts.map(({ viewer, count }) => shop.give(viewer, room, { count }))
			);
			expect(answers.map(({ status }) => status)).toEqual(counts.map(() => 200));
			for (const viewer of viewers) expect((await shop.balance(viewer)).balance).toBe(84);
			const halves = counts.reduce((sum, { count }) => sum + Math.floor(count / 2), 0);
			expect((await shop.balance(person)).income).toBe(halves);
			expect(await shop.good(person, `GET /rooms/${room}/gifts/total`)).toMatchObject({
				...{ records: 24, coins: 96, hostCoins: halves }
			});
		});
	});
}

describe("what is wrong with a gift moves nothing", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-gifts-"));
	let own: RunningPlatform;
	let shop: GiftShop;

	beforeAll(async () => {
		own = await startEmbedded(folder);
		shop = giftShop(own.edges);
	});
	afterAll(async () => {
		await own?.stop();
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	});

	const books = async () => {
		const all = Object.entries(await snapshot(folder));
		return Object.fromEntries(all.filter(([name]) => /^(gifts|wallets|ranks)_/.test(name)));
	};

	/** People and rooms with which everything can go wrong. */
	async function stage() {
		const { person: host, roomId } = await shop.host();
		const { roomId: scheduled } = await shop.host(false);
		const { person: tired, roomId: ended } = await shop.host();
		await shop.good(tired, `POST /rooms/${ended}/end`);
		const [viewer, frozen] = [await shop.payer(10), await shop.payer(1_000)];
		const operator = await signUp(shop.edge(), "operator");
		const names = { en: "Old", zh: "旧", ko: "옛" };
		const old = await shop.good<{ id: string }>(operator, "POST /admin/gifts", {
			body: { names, price: 1, effect: "old", icon: "x" }
		});
		await shop.good(operator, `DELETE /admin/gifts/${old.id}`);
		const reason = { body: { reason: "A test" } };
		await shop.good(operator, `POST /admin/wallets/${frozen.id}/freeze`, reason);
		// One gift that is right, so that there is something to be changed.
		await shop.give(viewer, roomId, {}, "used");
		await expect
			.poll(async () => (await books()).ranks_totals?.length, { timeout: 10_000 })
			.toBe(3);
		return { host, viewer, frozen, roomId, scheduled, ended, retired: old.id };
	}

	it("every refusal is clear, and no row of gifts, ledger or ranks changes", async () => {
		const { host, viewer, frozen, roomId, scheduled, ended, retired } = await stage();
		const before = await books();
		const give = (who: Person, room: string, body?: object, key?: string) => () =>
			shop.give(who, room, body, key);
		const path = `POST /rooms/${roomId}/gifts` as const;
		const heart = { giftId: "1", count: 1 };
		const refusals: [number, string, () => ReturnType<GiftShop["call"]>][] = [
			...[0, -1, 0.5, 1.000001, 10_000, 1e15, 2 ** 53, 1e300, "1", null, [1], true].map(
				(count): [number, string, () => ReturnType<GiftShop["call"]>] => [
					...([422, "VALIDATION_FAILED"] as const),
					give(viewer, roomId, { count })
				]
			),
			[422, "VALIDATION_FAILED", give(viewer, roomId, { price: 1 })],
			[422, "VALIDATION_FAILED", give(viewer, roomId, { giftId: "-1" })],
			[422, "GIFT_COUNT_NOT_ALLOWED", give(viewer, roomId, { giftId: "8", count: 100 })],
			[404, "GIFT_NOT_AVAILABLE", give(viewer, roomId, { giftId: "31337" })],
			[404, "GIFT_NOT_AVAILABLE", give(viewer, roomId, { giftId: retired })],
			[404, "NOT_FOUND", give(viewer, "31337")],
			[409, "ROOM_NOT_LIVE", give(viewer, scheduled)],
			[409, "ROOM_NOT_LIVE", give(viewer, ended)],
			[422, "GIFT_TO_SELF", give(host, roomId)],
			[402, "INSUFFICIENT_BALANCE", give(viewer, roomId, { count: 10 })],
			[402, "INSUFFICIENT_BALANCE", give(viewer, roomId, { giftId: "8", count: 99 })],
			[403, "WALLET_FROZEN", give(frozen, roomId)],
			[409, "IDEMPOTENCY_CONFLICT", give(viewer, roomId, { count: 2 }, "used")],
			[400, "IDEMPOTENCY_KEY_REQUIRED", () => shop.call(viewer, path, { body: heart })],
			[400, "IDEMPOTENCY_KEY_REQUIRED", give(viewer, roomId, {}, "k".repeat(65))],
			[401, "UNAUTHENTICATED", () => shop.call(undefined, path, { body: heart, key: "k" })]
		];
		for (const [index, [status, code, attempt]] of refusals.entries()) {
			const answer = await attempt();
			expect([answer.status, answer.body.error?.code], `refusal ${index}`).toEqual([status, code]);
		}
		expect(await books()).toEqual(before);
		expect((await shop.balance(viewer)).balance).toBe(9);
	});
});
