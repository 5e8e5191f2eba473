/** Ordering over HTTP on the whole platform: cart, checkout, coins, the sandbox, and refusals. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GiftShop, giftShop } from "../harness/gift-shop.ts";
import type { Person } from "../harness/people.ts";
import { type RunningPlatform, startEmbedded } from "../harness/platforms.ts";
import { press } from "../harness/sandbox.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { snapshot } from "../harness/snapshot.ts";
import { until } from "../harness/until.ts";

interface Order {
	readonly id: string;
	readonly status: string;
	readonly checkoutId: string;
	readonly sellerId: string;
	readonly total: { readonly amount: number; readonly currency: string };
	readonly totalCoins: number;
	readonly lines: readonly { readonly price: { readonly amount: number } }[];
}
interface Placed {
	readonly checkoutId: string;
	readonly items: readonly Order[];
}
interface Payment {
	readonly status: string;
	readonly checkoutUrl: string | null;
}

const place = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
	...{ line1: "12 Sejong-daero", postalCode: "04524" }
};

/** What people do with orders behind `edges`. */
function market(shop: GiftShop) {
	const order = (who: Person, body: object, key: string = randomUUID()) =>
		shop.call<Placed>(who, "POST /orders", { body, key });
	return {
		order,
		/** A SKU of 10.00 of the host, with so many units. */
		async sku(host: Person, stock: number): Promise<string> {
			const body = {
				title: "Oolong",
				skus: [{ price: { amount: 1_000, currency: "USD" }, stock }]
			};
			const made = await shop.good<{ skus: { id: string }[] }>(host, "POST /products", { body });
			return made.skus[0]?.id ?? "";
		},
		async address(who: Person): Promise<string> {
			return (await shop.good<{ id: string }>(who, "POST /addresses", { body: place })).id;
		},
		async bought(who: Person, skuId: string, quantity = 1): Promise<Order> {
			const addressId = await this.address(who);
			const { status, body } = await order(who, { items: [{ skuId, quantity }], addressId });
			expect(status, JSON.stringify(body)).toBe(201);
			return body.items[0] as Order;
		},
		pay: (who: Person, id: string, provider: string, key: string = randomUUID()) =>
			shop.call<Payment>(who, `POST /orders/${id}/pay`, { body: { provider }, key }),
		step: (who: Person, path: string, key: string = randomUUID()) =>
			shop.call<Order>(who, `POST /${path}`, { key }),
		statusOf: async (who: Person, id: string) =>
			(await shop.good<Order>(who, `GET /orders/${id}`)).status
	};
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`orders on ${platform.name}`, () => {
		const shop = giftShop(platform.edges);
		const trade = market(shop);
		let host: Person;
		let roomId: string;

		beforeAll(async () => {
			({ person: host, roomId } = await shop.host());
		});

		it("from the cart to goods that have come, with coins", async () => {
			const [first, second] = [await trade.sku(host, 5), await trade.sku(host, 5)];
			const good = { skuId: first, price: { amount: 700, currency: "USD" } };
			await shop.good(host, `POST /rooms/${roomId}/products`, { body: good });
			const buyer = await shop.payer(3_000);
			const put = (skuId: string, body: object) =>
				shop.good(buyer, `PUT /cart/items/${skuId}`, { body });
			await put(first, { quantity: 2, roomId });
			await put(second, { quantity: 1 });
			const cart = await shop.good<{ items: object[]; selectedTotal: object }>(buyer, "GET /cart");
			expect(cart.selectedTotal).toEqual({ amount: 2_400, currency: "USD" });
			const addressId = await trade.address(buyer);
			const items = [
				{ skuId: first, quantity: 2, roomId },
				{ skuId: second, quantity: 1 }
			];
			const quote = await shop.good<object>(buyer, "POST /orders/quote", { body: { items } });
			expect(quote).toMatchObject({ total: { amount: 2_400 }, totalCoins: 2_400 });
			const key = randomUUID();
			const placed = await trade.order(buyer, { items, addressId }, key);
			expect(await trade.order(buyer, { items, addressId }, key)).toEqual(placed);
			expect(placed.body.items).toHaveLength(1);
			const order = placed.body.items[0] as Order;
			expect(order).toMatchObject({
				...{ status: "unpaid", sellerId: host.id, total: { amount: 2_400, currency: "USD" } },
				lines: [{ price: { amount: 700 } }, { price: { amount: 1_000 } }]
			});
			expect((await shop.good<{ items: object[] }>(buyer, "GET /cart")).items).toEqual([]);
			const paid = await trade.pay(buyer, order.id, "coins");
			expect(paid).toEqual({ status: 200, body: { status: "paid", checkoutUrl: null } });
			expect(await shop.balance(buyer)).toMatchObject({ balance: 600 });
			const sales = await shop.good<{ items: Order[] }>(host, "GET /sales?status=paid");
			expect(sales.items.map(({ id }) => id)).toContain(order.id);
			expect((await trade.step(host, `sales/${order.id}/ship`)).body.status).toBe("shipped");
			const income = (await shop.balance(host)).income ?? 0;
			expect((await trade.step(buyer, `orders/${order.id}/confirm`)).body.status).toBe("received");
			expect((await shop.balance(host)).income).toBe(income + 2_400);
			const mine = await shop.good<{ items: Order[] }>(buyer, "GET /orders?status=received");
			expect(mine.items.map(({ id }) => id)).toEqual([order.id]);
		});

		it("paid in the sandbox, for two sellers at once", async () => {
			const { person: other } = await shop.host(false);
			const skuIds = [await trade.sku(host, 5), await trade.sku(other, 5)];
			const buyer = await shop.payer(1);
			const addressId = await trade.address(buyer);
			const items = skuIds.map((skuId) => ({ skuId, quantity: 1 }));
			const { body } = await trade.order(buyer, { items, addressId });
			expect(body.items.map(({ sellerId }) => sellerId).sort()).toEqual([host.id, other.id].sort());
			const payment = await shop.good<Payment>(buyer, `POST /checkouts/${body.checkoutId}/pay`, {
				...{ body: { provider: "sandbox" }, key: randomUUID() }
			});
			expect(payment.status).toBe("unpaid");
			await press("pay", payment.checkoutUrl ?? "", { switches: ["duplicate"] });
			for (const { id } of body.items) {
				await until(async () => (await trade.statusOf(buyer, id)) === "paid", 20_000);
			}
		});

		it("gives up: late money and money of before both go back", async () => {
			const buyer = await shop.payer(1);
			const skuId = await trade.sku(host, 2);
			const stock = async () => {
				const [one] = (
					await shop.good<{ items: { skuId: string; available: number }[] }>(
						buyer,
						`PUT /cart/items/${skuId}`,
						{ body: { quantity: 1 } }
					)
				).items;
				return one?.available;
			};
			const [late, early] = [await trade.bought(buyer, skuId), await trade.bought(buyer, skuId)];
			expect(await stock()).toBe(0);
			const open = async ({ id }: Order) =>
				(await trade.pay(buyer, id, "sandbox")).body.checkoutUrl ?? "";
			const [lateUrl, earlyUrl] = [await open(late), await open(early)];
			await press("pay", lateUrl, { switches: ["late"], lateSeconds: 2 });
			await press("pay", earlyUrl);
			expect((await trade.step(buyer, `orders/${late.id}/cancel`)).body.status).toBe("closed");
			await until(async () => (await trade.statusOf(buyer, early.id)) === "paid", 20_000);
			const cancelled = await trade.step(buyer, `orders/${early.id}/cancel`);
			expect(cancelled.body.status).toBe("refunding");
			await until(async () => (await trade.statusOf(buyer, early.id)) === "refunded", 30_000);
			// The page of the sandbox says where its money is.
			const isBack = async (url: string) => (await (await fetch(url)).text()).includes("paid back");
			await until(() => isBack(earlyUrl), 30_000);
			await until(() => isBack(lateUrl), 30_000);
			expect(await trade.statusOf(buyer, late.id)).toBe("closed");
			expect(await stock()).toBe(2);
		});

		it("64 at once for the last unit: one order", async () => {
			const skuId = await trade.sku(host, 1);
			const buyers = await Promise.all(Array.from({ length: 8 }, () => shop.payer(1)));
			const addresses = await Promise.all(buyers.map((buyer) => trade.address(buyer)));
			const answers = await Promise.all(
				Array.from({ length: 64 }, (_, index) =>
					trade.order(buyers[index % 8] as Person, {
						...{ items: [{ skuId, quantity: 1 }], addressId: addresses[index % 8] }
					})
				)
			);
			const codes = answers.map(({ status, body }) => (status === 201 ? "won" : body.error.code));
			expect(codes.filter((code) => code === "won")).toHaveLength(1);
			expect(new Set(codes)).toEqual(new Set(["won", "STOCK_TOO_LOW"]));
		});
	});
}

describe("what cannot be ordered", () => {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-orders-"));
	let running: RunningPlatform;
	let shop: GiftShop;
	let trade: ReturnType<typeof market>;

	beforeAll(async () => {
		running = await startEmbedded(folder, { DEMO: "1" });
		shop = giftShop(running.edges);
		trade = market(shop);
	});
	afterAll(async () => {
		await running?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	it("is refused with a clear word, and changes no row", async () => {
		const { person: host, roomId } = await shop.host();
		const { person: rival, roomId: elsewhere } = await shop.host();
		const [buyer, stranger] = [await shop.payer(50), await shop.payer(50)];
		const [skuId, other] = [await trade.sku(host, 5), await trade.sku(rival, 5)];
		const [addressId, foreign] = [await trade.address(buyer), await trade.address(stranger)];
		const theirs = await trade.bought(stranger, skuId);
		const mine = await trade.bought(buyer, skuId);
		const used = randomUUID();
		await trade.step(buyer, `orders/${(await trade.bought(buyer, skuId)).id}/cancel`, used);
		const wish =
			(item: object, more: object = {}) =>
			() =>
				trade.order(buyer, { items: [{ skuId, quantity: 1, ...item }], addressId, ...more });
		const cases: [what: string, act: () => Promise<{ status: number }>, status: number][] = [
			["a price", wish({ price: { amount: 1, currency: "USD" } }), 422],
			["a total", wish({}, { total: 1 }), 422],
			["none", wish({ quantity: 0 }), 422],
			["fewer than none", wish({ quantity: -1 }), 422],
			["half a unit", wish({ quantity: 0.5 }), 422],
			["too many", wish({ quantity: 1_000 }), 422],
			["more than there is", wish({ quantity: 9 }), 409],
			["nothing at all", () => trade.order(buyer, { items: [], addressId }), 422],
			["an unknown SKU", wish({ skuId: "999999999" }), 409],
			["a SKU of another host's room", wish({ skuId: other, roomId }), 409],
			["a room that does not sell it", wish({ roomId: elsewhere }), 409],
			["a room that is not there", wish({ roomId: "999999999" }), 409],
			["a foreign address", wish({}, { addressId: foreign }), 404],
			["no address", () => trade.order(buyer, { items: [{ skuId, quantity: 1 }] }), 422],
			["a key for another request", () => trade.pay(buyer, mine.id, "coins", used), 409],
			["a foreign order", () => trade.pay(buyer, theirs.id, "coins"), 404],
			["to see it", () => shop.call(buyer, `GET /orders/${theirs.id}`), 404],
			["to cancel it", () => trade.step(buyer, `orders/${theirs.id}/cancel`), 404],
			["to send it", () => trade.step(buyer, `sales/${theirs.id}/ship`), 404],
			["too few coins", () => trade.pay(buyer, mine.id, "coins"), 402],
			["an unknown way", () => trade.pay(buyer, mine.id, "gold"), 422],
			["before it was sent", () => trade.step(buyer, `orders/${mine.id}/confirm`), 409],
			["unpaid, to send it", () => trade.step(host, `sales/${mine.id}/ship`), 409],
			["no key", () => shop.call(buyer, `POST /orders/${mine.id}/cancel`), 400],
			["own goods", () => trade.order(host, { items: [{ skuId, quantity: 1 }], addressId }), 404]
		];
		const before = await snapshot(folder);
		for (const [what, act, status] of cases) {
			expect((await act()).status, what).toBe(status);
			const after = await snapshot(folder);
			for (const [table, rows] of Object.entries(before)) {
				expect(after[table], `${what}: ${table}`).toEqual(rows);
			}
		}
	});
});
