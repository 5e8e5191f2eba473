/** Carts over HTTP on the whole platform, by whichever edge: lines, marks, guests and bounds. */
import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { giftShop } from "../harness/gift-shop.ts";
import { type Person, signUp } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";
import { until } from "../harness/until.ts";

interface Line {
	readonly skuId: string;
	readonly quantity: number;
	readonly selected: boolean;
	readonly roomId: string | null;
	readonly price: { readonly amount: number };
	readonly priceWhenAdded: { readonly amount: number };
	readonly priceChanged: boolean;
	readonly available: number;
	readonly invalid: string | null;
}
interface Cart {
	readonly items: readonly Line[];
	readonly selectedTotal: { readonly amount: number; readonly currency: string };
}
interface Product {
	readonly id: string;
	readonly skus: readonly { readonly id: string }[];
}

const usd = (amount: number) => ({ amount, currency: "USD" });

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`carts on ${platform.name}`, () => {
		const shop = giftShop(platform.edges);
		let host: Person;
		let roomId: string;
		let me: Person;

		beforeAll(async () => {
			({ person: host, roomId } = await shop.host());
		});
		beforeEach(async () => {
			me = await signUp(shop.edge());
		});

		/** A product whose SKUs have so many units, for 10.00, 10.01 and so on. */
		const product = (...stocks: number[]) =>
			shop.good<Product>(host, "POST /products", {
				body: {
					title: "Oolong",
					skus: stocks.map((stock, index) => ({
						attributes: [{ name: "Size", value: `No. ${index + 1}` }],
						price: usd(1_000 + index),
						stock
					}))
				}
			});
		const skus = async (...stocks: number[]) =>
			(await product(...stocks)).skus.map(({ id }) => id) as [string, ...string[]];
		const cart = (who = me) => shop.good<Cart>(who, "GET /cart");
		const put = (skuId: string, body: object, who = me) =>
			shop.call<Cart>(who, `PUT /cart/items/${skuId}`, { body });
		const merge = (items: readonly object[], who = me) =>
			shop.call<Cart>(who, "POST /cart/merge", { body: { items } });
		const refused = async (asked: Promise<{ status: number; body: unknown }>) => {
			const { status, body } = await asked;
			return `${status} ${(body as { error?: { code: string } }).error?.code}`;
		};
		const lineOf = ({ items }: Cart, skuId: string) => items.find((one) => one.skuId === skuId);
		/** The line, once it shows all of `part`: what others changed is seen within moments. */
		const shows = (skuId: string, part: Partial<Line>) =>
			until(async () => {
				const line = lineOf(await cart(), skuId);
				expect(line).toMatchObject(part);
				return true;
			});

		it("keeps one line per SKU with what was said last, on every device the same", async () => {
			const [first, second = ""] = await skus(9, 9);
			expect(await cart()).toEqual({ items: [], selectedTotal: usd(0) });
			await put(first, { quantity: 2 });
			await put(second, { quantity: 3 });
			const { status, body } = await put(first, { quantity: 5 });
			expect(status).toBe(200);
			// What was added last stands first; changing a line does not move it.
			expect(body.items.map(({ skuId, quantity }) => [skuId, quantity])).toEqual([
				[second, 3],
				[first, 5]
			]);
			expect(body.selectedTotal).toEqual(usd(5 * 1_000 + 3 * 1_001));
			expect(await cart()).toEqual(body);
			for (const _ of [1, 2]) {
				const left = await shop.good<Cart>(me, `DELETE /cart/items/${second}`);
				expect(left.items.map(({ skuId }) => skuId)).toEqual([first]);
			}
		});

		it("adds up what is selected, and keeps what is not", async () => {
			const [first, second = ""] = await skus(9, 9);
			await put(first, { quantity: 1 });
			await put(second, { quantity: 2, selected: false });
			expect((await cart()).selectedTotal).toEqual(usd(1_000));
			expect((await put(first, { quantity: 1, selected: false })).body.selectedTotal).toEqual(
				usd(0)
			);
			// A new quantity says nothing of the selection.
			expect(lineOf((await put(second, { quantity: 4 })).body, second)?.selected).toBe(false);
			const all = (await put(second, { quantity: 4, selected: true })).body;
			expect(all.selectedTotal).toEqual(usd(4 * 1_001));
			expect(all.items).toHaveLength(2);
		});

		it("marks prices that changed, too few units, and what was withdrawn", async () => {
			const made = await product(4);
			const skuId = made.skus[0]?.id ?? "";
			await put(skuId, { quantity: 3 });
			await shows(skuId, { priceChanged: false, invalid: null, available: 4 });
			const price = { skus: [{ id: skuId, price: usd(1_200) }] };
			await shop.good(host, `PATCH /products/${made.id}`, { body: price });
			await shows(skuId, {
				...{ priceChanged: true, price: usd(1_200), priceWhenAdded: usd(1_000) }
			});
			expect((await cart()).selectedTotal).toEqual(usd(3_600));
			const lost = { quantity: -2, reason: "Two were broken" };
			await shop.good(host, `POST /skus/${skuId}/stock-adjustments`, {
				...{ body: lost, key: randomUUID() }
			});
			await shows(skuId, { invalid: "not-enough-stock", available: 2 });
			expect((await cart()).selectedTotal).toEqual(usd(0));
			await put(skuId, { quantity: 2 });
			await shows(skuId, { invalid: null });
			await shop.good(host, `POST /products/${made.id}/withdraw`);
			await shows(skuId, { invalid: "withdrawn" });
			expect((await cart()).selectedTotal).toEqual(usd(0));
			// It may leave, and cannot come back.
			await shop.good(me, `DELETE /cart/items/${skuId}`);
			await until(async () => {
				const answer = await refused(put(skuId, { quantity: 1 }));
				expect(answer).toBe("409 SKU_NOT_ON_SALE");
				return true;
			});
		});

		it("has the price of the show while it is on, and the usual one after it", async () => {
			const { person: other, roomId: show } = await shop.host();
			const made = await shop.good<Product>(other, "POST /products", {
				body: { title: "Cup", skus: [{ price: usd(2_000), stock: 5 }] }
			});
			const skuId = made.skus[0]?.id ?? "";
			const good = { skuId, price: usd(1_500) };
			await shop.good(other, `POST /rooms/${show}/products`, { body: good });
			const { body } = await put(skuId, { quantity: 2, roomId: show });
			expect(lineOf(body, skuId)).toMatchObject({ roomId: show, price: usd(1_500) });
			expect(body.selectedTotal).toEqual(usd(3_000));
			await shop.good(other, `POST /rooms/${show}/end`);
			await shows(skuId, { roomId: null, price: usd(2_000), priceChanged: true, invalid: null });
		});

		it("takes in what a guest collected, the larger quantity each, however often", async () => {
			const [first, second = "", third = ""] = await skus(9, 9, 9);
			await put(first, { quantity: 5 });
			await put(second, { quantity: 1 });
			const collected = [
				{ skuId: first, quantity: 2 },
				{ skuId: second, quantity: 4 },
				{ skuId: third, quantity: 1 },
				{ skuId: third, quantity: 3 },
				{ skuId: "9007199254740991", quantity: 1 }
			];
			for (const _ of [1, 2]) {
				const { status, body } = await merge(collected);
				expect(status).toBe(200);
				expect(body.items.map(({ skuId, quantity }) => [skuId, quantity]).sort()).toEqual(
					[
						[first, 5],
						[second, 4],
						[third, 3]
					].sort()
				);
			}
		});

		it("is bounded in lines and units", async () => {
			const per = limits.skusPerProductMax;
			const full = Array.from({ length: per }, () => 2);
			const ids = [...(await skus(...full)), ...(await skus(...full)), ...(await skus(2))];
			const items = ids.slice(0, limits.cartLinesMax).map((skuId) => ({ skuId, quantity: 1 }));
			expect((await merge(items)).body.items).toHaveLength(limits.cartLinesMax);
			const beyond = ids[limits.cartLinesMax] ?? "";
			expect(await refused(put(beyond, { quantity: 1 }))).toBe("409 CART_FULL");
			// What is there may still be changed, and a full cart takes what still fits: nothing.
			expect((await put(ids[0] ?? "", { quantity: 2 })).status).toBe(200);
			const more = await merge([{ skuId: beyond, quantity: 1 }]);
			expect(lineOf(more.body, beyond)).toBeUndefined();
			const many = Array.from({ length: limits.cartLinesMax + 1 }, () => items[0] as object);
			expect(await refused(merge(many))).toBe("422 VALIDATION_FAILED");
			for (const quantity of [0, -1, 1.5, limits.orderQuantityMax + 1, "2"]) {
				expect(await refused(put(beyond, { quantity }))).toBe("422 VALIDATION_FAILED");
			}
		});

		it("is nobody else's, and takes nothing that is not there", async () => {
			const [skuId] = await skus(5);
			await put(skuId, { quantity: 2 });
			const stranger = await signUp(shop.edge());
			await shop.good(stranger, `DELETE /cart/items/${skuId}`);
			expect((await cart(stranger)).items).toEqual([]);
			expect(lineOf(await cart(), skuId)?.quantity).toBe(2);
			expect(await refused(put("9007199254740991", { quantity: 1 }))).toBe("409 SKU_NOT_ON_SALE");
			expect(await refused(put("oolong", { quantity: 1 }))).toBe("422 VALIDATION_FAILED");
			expect(await refused(shop.call(undefined, "GET /cart"))).toBe("401 UNAUTHENTICATED");
			const wish = { body: { quantity: 1 } };
			const asGuest = shop.call(undefined, `PUT /cart/items/${skuId}`, wish);
			expect(await refused(asGuest)).toBe("401 UNAUTHENTICATED");
			// A draft is not on sale yet, nor in any cart.
			const draft = await shop.good<Product>(host, "POST /products", {
				body: { title: "Later", draft: true, skus: [{ price: usd(100), stock: 1 }] }
			});
			const hidden = draft.skus[0]?.id ?? "";
			expect(await refused(put(hidden, { quantity: 1 }))).toBe("409 SKU_NOT_ON_SALE");
		});

		it("loses what is ordered, and nothing else", async () => {
			const [first, second = ""] = await skus(5, 5);
			await put(first, { quantity: 2 });
			await put(second, { quantity: 1 });
			const place = {
				...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
				...{ line1: "12 Sejong-daero", postalCode: "04524" }
			};
			const { id } = await shop.good<{ id: string }>(me, "POST /addresses", { body: place });
			const order = { items: [{ skuId: first, quantity: 2 }], addressId: id };
			await shop.good(me, "POST /orders", { body: order, key: randomUUID() });
			expect((await cart()).items.map(({ skuId }) => skuId)).toEqual([second]);
			// Goods that are reserved for an order cannot be bought by another.
			await put(first, { quantity: 4 });
			await shows(first, { available: 3, invalid: "not-enough-stock" });
		});

		it("takes goods of a room that never sold them for their usual price", async () => {
			const [skuId] = await skus(5);
			const { body } = await put(skuId, { quantity: 1, roomId });
			expect(lineOf(body, skuId)).toMatchObject({ roomId: null, price: usd(1_000) });
		});
	});
}
