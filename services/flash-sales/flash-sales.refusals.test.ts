import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { type FlashStage, saleRoom, startFlashSales } from "../../test/harness/flash-stage.ts";
import { as } from "../../test/harness/shop-stage.ts";

const key = () => crypto.randomUUID();
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const day = 24 * 3600;

type Refusal = [type: string, asking: () => Promise<unknown>];

async function creations(stage: FlashStage): Promise<Refusal[]> {
	const skuId = await stage.sku(3);
	const foreign = (await stage.product("2", [5])).skus[0]?.id;
	const draft = await stage.product("1", [5]);
	await stage.call("products.withdraw", { id: draft.id }, as("1"));
	const { currency } = (await stage.sale()).price;
	const create = (changes: object, who = "1", roomId = saleRoom) =>
		stage.call(
			"flash-sales.create",
			{
				...{ id: roomId, skuId, price: { amount: 1, currency }, stock: 1, limitPerUser: 1 },
				...{ startsAt: inSeconds(0), endsAt: inSeconds(60), ...changes }
			},
			as(who, key())
		);
	const late = { startsAt: inSeconds(40 * day), endsAt: inSeconds(41 * day) };
	const soon = inSeconds(60);
	const empty = { startsAt: soon, endsAt: soon };
	return [
		["NOT_FOUND", () => create({}, "2")],
		["NOT_FOUND", () => create({}, "1", "999")],
		["NOT_FOUND", () => create({ skuId: "424242" })],
		["SKU_NOT_YOURS", () => create({ skuId: foreign })],
		["SKU_NOT_ON_SALE", () => create({ skuId: draft.skus[0]?.id })],
		["STOCK_TOO_LOW", () => create({ stock: 4 })],
		["CURRENCY_NOT_ALLOWED", () => create({ price: { amount: 1, currency: "XTS" } })],
		["SALE_TIME_NOT_ALLOWED", () => create({ endsAt: inSeconds(-1) })],
		["SALE_TIME_NOT_ALLOWED", () => create({ endsAt: inSeconds(8 * day) })],
		["SALE_TIME_NOT_ALLOWED", () => create(empty)],
		["SALE_TIME_NOT_ALLOWED", () => create(late)],
		["VALIDATION_ERROR", () => create({ stock: 0 })],
		["VALIDATION_ERROR", () => create({ limitPerUser: 0 })],
		["VALIDATION_ERROR", () => create({ price: { amount: 0, currency } })],
		["VALIDATION_ERROR", () => create({ price: { amount: 1.5, currency } })],
		["VALIDATION_ERROR", () => create({ startsAt: "tomorrow" })]
	];
}

async function purchases(stage: FlashStage): Promise<Refusal[]> {
	const { id } = await stage.sale();
	const buy = (changes: object, options: object = as("1040", key())) =>
		stage.call("flash-sales.buy", { id, quantity: 1, ...changes }, options);
	return [
		["VALIDATION_ERROR", () => buy({ quantity: 0 })],
		["VALIDATION_ERROR", () => buy({ quantity: -1 })],
		["VALIDATION_ERROR", () => buy({ quantity: 1.5 })],
		["VALIDATION_ERROR", () => buy({ quantity: 21 })],
		["VALIDATION_ERROR", () => buy({ price: 1 })],
		["NOT_FOUND", () => buy({ id: "424242" })],
		["NOT_FOUND", () => stage.call("flash-sales.get", { id: "424242" })],
		["ORDER_OWN_GOODS", () => buy({}, as("1", key()))],
		["ADDRESS_NOT_FOUND", () => buy({ addressId: "424242" })],
		["IDEMPOTENCY_KEY_REQUIRED", () => buy({}, as("1040"))],
		["UNAUTHENTICATED", () => buy({}, {})],
		["NOT_FOUND", () => stage.call("flash-sales.close", { id }, as("2"))],
		["NOT_FOUND", () => stage.call("flash-sales.cancel", { id }, as("2"))]
	];
}

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`refusals of flash sales on ${backend.name}`, () => {
		let opened: Opened;
		let stage: FlashStage;

		beforeAll(async () => {
			opened = await backend.open();
			stage = await startFlashSales(opened);
		});
		afterAll(async () => {
			await stage?.stop();
			await opened?.close();
		});

		const tables = async () => {
			const names = ["sales", "purchases", "units"].map((name) => `flash_sales_${name}`);
			const all = [...names, "orders_orders", "orders_lines", "stock_movements"];
			return Promise.all(
				all.map((name) => stage.db.query(`SELECT COUNT(*) AS rows_there FROM ${name}`))
			);
		};

		it.each([
			["a sale", creations],
			["a purchase", purchases]
		] as const)("refuses %s that is not right, and changes nothing", async (_, prepare) => {
			const refusals = await prepare(stage);
			const before = await tables();
			for (const [type, asking] of refusals) {
				await expect(asking(), `${type} ${asking}`).rejects.toMatchObject({ type });
			}
			expect(await tables()).toEqual(before);
		});
	});
}
