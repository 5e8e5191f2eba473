import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type ShopStage, startShop } from "../../test/harness/shop-stage.ts";
import { reserve, sell } from "./stock.tx.ts";
import { verifyStock } from "./stock.verify.ts";

describe.each(sqlBackends)("stock on $name", (backend) => {
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

	const adjusted = (skuId: string, quantity: number, key: string, who = "1") =>
		call("stock.adjust", { id: skuId, quantity, reason: "Counted the shelves" }, as(who, key));

	it("shows sellers what is on hand, reserved and sold, and how it came to that", async () => {
		const { id, skus } = await stage.product("1", [10, 0]);
		const [first, second] = skus.map((sku) => sku.id) as [string, string];
		const line = { skuId: first, quantity: 3, reference: `order:${first}` };
		await stage.db.transaction((tx) => reserve(tx, [line]));
		expect((await call("stock.ofProduct", { id }, as("1"))).items).toEqual([
			{ skuId: first, warehouseId: "1", onHand: 7, reserved: 3, sold: 0 },
			{ skuId: second, warehouseId: "1", onHand: 0, reserved: 0, sold: 0 }
		]);
		expect((await call("products.get", { id })).skus.map(({ stock }) => stock)).toEqual([7, 0]);
		await stage.db.transaction((tx) => sell(tx, [line]));
		const page = await call("stock.movements", { id: first, limit: 2 }, as("1"));
		expect(page.items).toMatchObject([
			{ sequence: 3, kind: "sell", quantity: 3, onHand: 7, reserved: 0, sold: 3 },
			{ sequence: 2, kind: "reserve", quantity: 3, reference: line.reference }
		]);
		const cursor = page.nextCursor ?? "";
		const rest = await call("stock.movements", { id: first, limit: 2, cursor }, as("1"));
		expect(rest).toMatchObject({ items: [{ kind: "initial", quantity: 10 }], nextCursor: null });
	});

	it("adjusts with a reason, once per key", async () => {
		const { skus } = await stage.product("1", [10]);
		const skuId = skus[0]?.id ?? "";
		const after = { skuId, warehouseId: "1", onHand: 15, reserved: 0, sold: 0 };
		expect(await adjusted(skuId, 5, "a-1")).toEqual(after);
		expect(await adjusted(skuId, -4, "a-2")).toMatchObject({ onHand: 11 });
		// The retry gets the answer of its first time.
		expect(await adjusted(skuId, 5, "a-1")).toEqual(after);
		await expect(adjusted(skuId, 6, "a-1")).rejects.toMatchObject({
			type: "IDEMPOTENCY_CONFLICT"
		});
		const { items } = await call("stock.movements", { id: skuId }, as("1"));
		expect(items.map(({ quantity, reason }) => [quantity, reason])).toEqual([
			[-4, "Counted the shelves"],
			[5, "Counted the shelves"],
			[10, null]
		]);
	});

	it("adjusts once when a key comes many times at once", async () => {
		const { skus } = await stage.product("1", [10]);
		const skuId = skus[0]?.id ?? "";
		const answers = await Promise.all(
			Array.from({ length: 12 }, () => adjusted(skuId, 7, `many-${skuId}`))
		);
		expect(new Set(answers.map(({ onHand }) => onHand))).toEqual(new Set([17]));
		expect(await call("stock.available", { skuIds: [skuId] })).toEqual({
			items: [{ skuId, available: 17 }]
		});
	});

	it("never takes away what is not on hand", async () => {
		const { skus } = await stage.product("1", [10]);
		const skuId = skus[0]?.id ?? "";
		const line = { skuId, quantity: 8, reference: `order:${skuId}` };
		await stage.db.transaction((tx) => reserve(tx, [line]));
		await expect(adjusted(skuId, -3, `low-${skuId}`)).rejects.toMatchObject({
			type: "STOCK_TOO_LOW",
			data: { onHand: 2 }
		});
		await expect(adjusted(skuId, 1_000_000_000, `high-${skuId}`)).rejects.toMatchObject({
			type: "VALIDATION_FAILED"
		});
		await expect(adjusted(skuId, 0, `none-${skuId}`)).rejects.toMatchObject({
			type: "VALIDATION_FAILED"
		});
		// A refusal uses no key up.
		expect(await adjusted(skuId, -2, `low-${skuId}`)).toMatchObject({ onHand: 0 });
	});

	it("is there for the seller only", async () => {
		const { id, skus } = await stage.product("1", [10]);
		const skuId = skus[0]?.id ?? "";
		const refusal = { type: "NOT_FOUND" };
		await expect(call("stock.ofProduct", { id }, as("2"))).rejects.toMatchObject(refusal);
		await expect(call("stock.movements", { id: skuId }, as("2"))).rejects.toMatchObject(refusal);
		await expect(adjusted(skuId, 5, "other", "2")).rejects.toMatchObject(refusal);
		await expect(call("stock.ofProduct", { id: "999999" }, as("1"))).rejects.toMatchObject(refusal);
		const warehouse = { id: skuId, quantity: 1, reason: "moved", warehouseId: "2" };
		await expect(call("stock.adjust", warehouse, as("1", "w"))).rejects.toMatchObject(refusal);
		const keyless = call("stock.adjust", { id: skuId, quantity: 1, reason: "x" }, as("1"));
		await expect(keyless).rejects.toMatchObject({ type: "IDEMPOTENCY_KEY_REQUIRED" });
	});

	it("keeps warehouses apart", async () => {
		const { id, skus } = await stage.product("1", [10]);
		const skuId = skus[0]?.id ?? "";
		await stage.db.execute(
			"INSERT INTO stock_warehouses (id, code, region, created_at) VALUES (3, 'far', 'far', ?)",
			[new Date()]
		);
		const params = { id: skuId, quantity: 4, reason: "moved", warehouseId: "3" };
		const both = await Promise.all([
			call("stock.adjust", params, as("1", "far-1")),
			call("stock.adjust", params, as("1", "far-2"))
		]);
		expect(both.map(({ onHand }) => onHand).sort()).toEqual([4, 8]);
		const { items } = await call("stock.ofProduct", { id }, as("1"));
		expect(items.map(({ warehouseId, onHand }) => [warehouseId, onHand])).toEqual([
			["1", 10],
			["3", 8]
		]);
		const unknown = "4398046511105";
		expect((await call("stock.available", { skuIds: [unknown, skuId] })).items).toEqual([
			{ skuId: unknown, available: 0 },
			{ skuId, available: 10 }
		]);
		expect((await verifyStock(stage.db)).faults).toEqual([]);
	});
});
