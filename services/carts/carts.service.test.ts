import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { type OrderStage, startOrders } from "../../test/harness/order-stage.ts";
import { as } from "../../test/harness/shop-stage.ts";

let people = 5_000;

describe.each(sqlBackends)("carts on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let stage: OrderStage;
	let call: OrderStage["call"];
	let who = as("");

	beforeAll(async () => {
		stage = await startOrders(backend);
		call = stage.call;
	});
	afterAll(() => stage.stop());
	beforeEach(() => {
		people += 1;
		who = as(String(people));
	});

	const get = () => call("carts.get", {}, who);
	const put = (skuId: string, quantity: number, more: object = {}) =>
		call("carts.put", { skuId, quantity, ...more }, who);
	async function skus(...stocks: number[]): Promise<string[]> {
		return (await stage.product("1", stocks)).skus.map(({ id }) => id);
	}

	it("keeps one line per SKU, with the quantity said last", async () => {
		const [first = "", second = ""] = await skus(10, 10);
		expect(await get()).toEqual({ items: [], selectedTotal: { amount: 0, currency: "USD" } });
		await put(first, 2);
		await put(second, 1, { selected: false });
		for (const _ of [1, 2]) {
			const cart = await put(first, 3);
			expect(cart.items.map(({ skuId, quantity }) => [skuId, quantity])).toEqual([
				[second, 1],
				[first, 3]
			]);
			expect(cart.selectedTotal.amount).toBe(3_000);
		}
		expect((await put(second, 1, { selected: true })).selectedTotal.amount).toBe(4_001);
		for (const _ of [1, 2]) {
			const { items } = await call("carts.remove", { skuId: second }, who);
			expect(items.map(({ skuId }) => skuId)).toEqual([first]);
		}
		expect((await call("carts.get", {}, as("4999"))).items).toEqual([]);
	});

	it("marks what costs something else, is short, or was withdrawn", async () => {
		const { id, skus: made } = await stage.product("1", [3]);
		const skuId = made[0]?.id ?? "";
		const shown = async () => (await get()).items[0];
		await put(skuId, 3);
		expect(await shown()).toMatchObject({ priceChanged: false, invalid: null, available: 3 });
		const changes = [{ id: skuId, price: { amount: 900, currency: "USD" } }];
		await call("products.update", { id, skus: changes }, as("1"));
		expect(await shown()).toMatchObject({
			...{ priceChanged: true, price: { amount: 900 }, priceWhenAdded: { amount: 1_000 } }
		});
		await put(skuId, 4);
		expect(await shown()).toMatchObject({ invalid: "not-enough-stock" });
		await call("products.withdraw", { id }, as("1"));
		expect(await shown()).toMatchObject({ invalid: "withdrawn" });
		expect((await get()).selectedTotal.amount).toBe(0);
		// It may still be changed, and leave; nobody can add it anew.
		expect((await put(skuId, 1)).items).toHaveLength(1);
		await call("carts.remove", { skuId }, who);
		await expect(put(skuId, 1)).rejects.toMatchObject({ type: "SKU_NOT_ON_SALE" });
	});

	it("holds a room's price while the room is on", async () => {
		const [skuId = ""] = await skus(10);
		const price = { amount: 250, currency: "USD" };
		for (const id of ["100", "109"]) {
			await call("room-products.add", { id, skuId, price }, as("1"));
		}
		const live = await put(skuId, 2, { roomId: "100" });
		expect(live.items[0]).toMatchObject({ price, roomId: "100", priceChanged: false });
		expect(live.selectedTotal).toEqual({ amount: 500, currency: "USD" });
		const over = await put(skuId, 2, { roomId: "109" });
		expect(over.items[0]).toMatchObject({ price: { amount: 1_000 }, roomId: null });
	});

	it("takes in what a guest collected, the larger quantity each, safe to repeat", async () => {
		const [first = "", second = "", third = ""] = await skus(9, 9, 9);
		await put(first, 2);
		await put(second, 5);
		const items = [
			{ skuId: first, quantity: 4 },
			{ skuId: second, quantity: 1 },
			{ skuId: third, quantity: 1 },
			{ skuId: "999999", quantity: 1 }
		];
		for (const _ of [1, 2]) {
			const cart = await call("carts.merge", { items }, who);
			const quantities = new Map(cart.items.map(({ skuId, quantity }) => [skuId, quantity]));
			expect(quantities).toEqual(
				new Map([
					[first, 4],
					[second, 5],
					[third, 1]
				])
			);
		}
	});

	it("is bounded, also when many come at once", { timeout: 60_000 }, async () => {
		const per = limits.skusPerProductMax;
		const stocks = Array.from({ length: per }, () => 1);
		const all = [await skus(...stocks), await skus(...stocks), await skus(1, 1, 1)].flat();
		const items = all.slice(0, limits.cartLinesMax - 1).map((skuId) => ({ skuId, quantity: 1 }));
		await call("carts.merge", { items }, who);
		const rest = all.slice(limits.cartLinesMax - 1);
		const ends = await Promise.allSettled(rest.map((skuId) => put(skuId, 1)));
		expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
		for (const end of ends) {
			if (end.status === "rejected") expect(end.reason).toMatchObject({ type: "CART_FULL" });
		}
		const more = rest.map((skuId) => ({ skuId, quantity: 2 }));
		const cart = await call("carts.merge", { items: more }, who);
		expect(cart.items).toHaveLength(limits.cartLinesMax);
		for (const quantity of [0, -1, limits.orderQuantityMax + 1]) {
			await expect(put(all[0] ?? "", quantity)).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
		}
	});
});
