import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type ShopStage, startShop } from "../../test/harness/shop-stage.ts";
import { verifyStock } from "../stock/stock.verify.ts";

const price = (amount: number, currency = "USD") => ({ amount, currency });
const size = (value: string) => [{ name: "Size", value }];
const refusal = (type: string) => ({ status: "rejected", reason: { type } });

describe.each(sqlBackends)("changes of products on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let opened: Opened;
	let stage: ShopStage;
	let call: ShopStage["call"];

	beforeAll(async () => {
		opened = await backend.open();
		stage = await startShop(opened);
		call = stage.call;
	});
	afterAll(async () => {
		await stage.stop();
		await opened.close();
	});

	it("changes words, prices and SKUs under one version", async () => {
		const made = await stage.product("1", [5, 6]);
		const [first, second] = made.skus.map(({ id }) => id) as [string, string];
		const { id } = made;
		const changed = await call(
			"products.update",
			{
				...{ id, version: 1, title: "New name", category: "tea" },
				skus: [
					{ id: first, price: price(900) },
					{ id: second, removed: true },
					{ attributes: size("XL"), price: price(5_000), stock: 9 }
				]
			},
			as("1")
		);
		expect(changed).toMatchObject({ title: "New name", category: "tea", version: 2 });
		expect(changed.skus.map(({ price: one, stock }) => [one.amount, stock])).toEqual([
			[900, 5],
			[5_000, 9]
		]);
		expect(await call("products.get", { id })).toEqual(changed);
		const { items } = await call("products.skusOf", { productId: id });
		expect(items.map(({ skuId, onSale }) => [skuId, onSale])).toMatchObject([
			[first, true],
			[second, false],
			[expect.any(String), true]
		]);
		expect((await verifyStock(stage.db)).faults).toEqual([]);
	});

	it("refuses changes that would leave no honest product, and keeps nothing of them", async () => {
		const made = await stage.product("1", [5, 6, 7]);
		const { id } = made;
		const [first = "", second = "", third = ""] = made.skus.map((sku) => sku.id);
		const changed = await call(
			"products.update",
			{ id, skus: [{ id: second, removed: true }] },
			as("1")
		);
		const update = (change: object, who = "1") =>
			call("products.update", { id, ...change }, as(who));
		const added = { attributes: size("S"), price: price(1), stock: 1 };
		const many = Array.from({ length: limits.skusPerProductMax - 1 }, (_, index) => ({
			...{ ...added, attributes: size(`No. ${index + 10}`) }
		}));
		expect(
			await Promise.allSettled([
				update({ version: 1, title: "Late" }),
				update({ title: "Foreign" }, "2"),
				update({ skus: [{ id: second, price: price(1) }] }),
				update({ skus: [{ id: "999999", price: price(1) }] }),
				update({ skus: [{ id: first, stock: 100 }] }),
				update({ skus: [{ price: price(1) }] }),
				update({ skus: [{ id: first, price: price(1, "EUR") }] }),
				update({ skus: [{ ...added, attributes: size("No. 3") }] }),
				update({ skus: many }),
				update({ skus: [first, third].map((skuId) => ({ id: skuId, removed: true })) }),
				update({})
			])
		).toMatchObject([
			refusal("PRODUCT_CHANGED"),
			refusal("NOT_FOUND"),
			refusal("SKU_UNKNOWN"),
			refusal("SKU_UNKNOWN"),
			refusal("VALIDATION_FAILED"),
			refusal("VALIDATION_FAILED"),
			refusal("CURRENCY_NOT_ALLOWED"),
			refusal("SKUS_ALIKE"),
			refusal("TOO_MANY_SKUS"),
			refusal("VALIDATION_FAILED"),
			refusal("VALIDATION_ERROR")
		]);
		expect(await call("products.get", { id })).toEqual(changed);
		expect((await verifyStock(stage.db)).faults).toEqual([]);
	});

	it("lets one of many changes of a version through", async () => {
		const { id } = await stage.product("1");
		const answers = await Promise.allSettled(
			Array.from({ length: 8 }, (_, index) =>
				call("products.update", { id, version: 1, title: `Name ${index}` }, as("1"))
			)
		);
		expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
		expect((await call("products.get", { id })).version).toBe(2);
	});
});
