import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type ShopStage, startShop } from "../../test/harness/shop-stage.ts";
import { until } from "../../test/harness/until.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { sellNow } from "../stock/stock.tx.ts";
import { lockGoods, replaceGoods } from "./room-products.model.ts";

const refusal = (type: string) => ({ status: "rejected", reason: { type } });
const usd = (amount: number) => ({ amount, currency: "USD" });

describe.each(sqlBackends)("goods of rooms on $name", (backend) => {
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

	const add = (id: string, skuId: string, change: object = {}) =>
		call("room-products.add", { id, skuId, ...change }, as(id.slice(0, 1)));
	const list = async (id: string) =>
		(await call("room-products.list", { id })).items.map(({ skuId }) => skuId);
	const told = (name: string, roomId: string) =>
		stage.heard.filter((one) => one.name === name && one.payload.roomId === roomId);
	const skusOf = async (hostId: string, stocks: readonly number[]) =>
		(await stage.product(hostId, stocks)).skus.map(({ id }) => id);

	it("lists the host's SKUs with product, price here and stock", async () => {
		const [first = "", second = ""] = await skusOf("1", [5, 0]);
		await add("100", first, { price: usd(700) });
		const goods = await add("100", second, { position: 0 });
		expect(goods.items).toMatchObject([
			{ skuId: second, price: usd(1_001), listPrice: usd(1_001), stock: 0, position: 0 },
			{
				...{ skuId: first, price: usd(700), listPrice: usd(1_000), stock: 5, position: 1 },
				...{ sellerId: "1", title: "Oolong", pinned: false, onSale: true, pictureUrl: null },
				attributes: [{ name: "Size", value: "No. 1" }]
			}
		]);
		expect(await call("room-products.list", { id: "100" })).toEqual(goods);
		const good = { skuId: first, title: "Oolong", price: usd(700), pictureUrl: null };
		await until(() => told("room-products.changed", "100").length >= 2);
		expect(told("room-products.changed", "100").map(({ payload }) => payload.good)).toContainEqual(
			expect.objectContaining(good)
		);
		// What is bought meanwhile is seen within the moment that numbers are shared for.
		const line = { skuId: first, quantity: 2, reference: "order:1" };
		await stage.db.transaction((tx) => sellNow(tx, [line]));
		await until(
			async () => (await call("room-products.list", { id: "100" })).items[1]?.stock === 3
		);
	});

	it("offers SKUs for the price of a room that is on, elsewhere for their own", async () => {
		const [first = "", second = ""] = await skusOf("1", [5, 5]);
		for (const roomId of ["105", "109"]) await add(roomId, first, { price: usd(700) });
		await add("105", second);
		const { items } = await call("room-products.offers", {
			items: [
				{ roomId: "105", skuId: first },
				{ roomId: "105", skuId: second },
				{ roomId: null, skuId: first },
				// A room of another host, one that has ended, and one that never was.
				{ roomId: "200", skuId: first },
				{ roomId: "109", skuId: first },
				{ roomId: "999", skuId: first },
				{ roomId: "105", skuId: "999999" }
			]
		});
		expect(items.map(({ roomPrice }) => roomPrice)).toEqual([
			...[usd(700), usd(1_001), null, null, null, null, null]
		]);
		expect(items.map(({ sku }) => sku?.price ?? null)).toEqual([
			...[usd(1_000), usd(1_001), usd(1_000), usd(1_000), usd(1_000), usd(1_000), null]
		]);
	});

	it("sorts, reprices and removes", async () => {
		const [first = "", second = "", third = ""] = await skusOf("1", [1, 1, 1]);
		for (const skuId of [first, second, third]) await add("101", skuId);
		const sort = (skuIds: string[]) => call("room-products.sort", { id: "101", skuIds }, as("1"));
		await sort([third, first]);
		expect(await list("101")).toEqual([third, first, second]);
		const update = (skuId: string, change: object) =>
			call("room-products.update", { id: "101", skuId, ...change }, as("1"));
		const priceOf = async (skuId: string) =>
			(await call("room-products.list", { id: "101" })).items.find((one) => one.skuId === skuId)
				?.price.amount;
		await update(second, { position: 0, price: usd(5) });
		expect(await list("101")).toEqual([second, third, first]);
		expect(await priceOf(second)).toBe(5);
		await update(second, { position: 9 });
		expect(await priceOf(second)).toBe(5);
		await update(second, { price: null });
		expect(await priceOf(second)).toBe(1_001);
		const remove = () => call("room-products.remove", { id: "101", skuId: third }, as("1"));
		await remove();
		await remove();
		expect(await list("101")).toEqual([first, second]);
		expect(await Promise.allSettled([sort([third]), update(third, { position: 0 })])).toMatchObject(
			[refusal("NOT_FOUND"), refusal("NOT_FOUND")]
		);
	});

	it("refuses SKUs of others, rooms of others, and what is not on sale", async () => {
		const [own = ""] = await skusOf("1", [1]);
		const [foreign = ""] = await skusOf("2", [1]);
		const { id: withdrawn, skus } = await stage.product("1");
		await call("products.withdraw", { id: withdrawn }, as("1"));
		const inRoom = { id: "102", skuId: own };
		expect(
			await Promise.allSettled([
				add("102", foreign),
				add("102", skus[0]?.id ?? ""),
				add("102", "999999"),
				add("102", own, { price: { amount: 1, currency: "EUR" } }),
				add("102", own, { price: usd(0) }),
				call("room-products.add", inRoom, as("2")),
				call("room-products.add", inRoom),
				call("room-products.remove", inRoom, as("2")),
				call("room-products.pin", inRoom, as("2")),
				call("room-products.pin", inRoom, as("1")),
				call("room-products.list", { id: "999" }),
				call("room-products.pinned", { id: "999" })
			])
		).toMatchObject([
			refusal("SKU_NOT_YOURS"),
			refusal("SKU_NOT_ON_SALE"),
			refusal("NOT_FOUND"),
			refusal("CURRENCY_NOT_ALLOWED"),
			refusal("VALIDATION_ERROR"),
			refusal("NOT_FOUND"),
			refusal("UNAUTHENTICATED"),
			...Array.from({ length: 5 }, () => refusal("NOT_FOUND"))
		]);
		expect(await list("102")).toEqual([]);
	});

	it("pins one good at a time, and tells it once", async () => {
		const [first = "", second = ""] = await skusOf("1", [4, 4]);
		for (const skuId of [first, second]) await add("103", skuId, { price: usd(50) });
		const pin = (skuId: string | null) => call("room-products.pin", { id: "103", skuId }, as("1"));
		expect((await call("room-products.pinned", { id: "103" })).pinned).toBeNull();
		expect((await pin(first)).pinned).toMatchObject({ skuId: first, pinned: true, stock: 4 });
		await pin(first);
		await pin(second);
		const { items } = await call("room-products.list", { id: "103" });
		expect(items.map(({ pinned }) => pinned)).toEqual([false, true]);
		expect((await pin(null)).pinned).toBeNull();
		await pin(null);
		await until(() => told("room-products.pinned", "103").length === 3);
		const facts = told("room-products.pinned", "103").map(({ payload }) => payload);
		const inOrder = facts.sort((left, right) => Number(left.version) - Number(right.version));
		expect(inOrder).toMatchObject([
			{ type: "pinned", good: { skuId: first, price: usd(50), title: "Oolong" } },
			{ type: "pinned", good: { skuId: second } },
			{ type: "unpinned", good: { skuId: second } }
		]);
	});

	it("does not explain what is removed, or of a room that ended", async () => {
		const [first = "", second = ""] = await skusOf("1", [4, 4]);
		for (const skuId of [first, second]) await add("104", skuId);
		await call("room-products.pin", { id: "104", skuId: first }, as("1"));
		await call("room-products.remove", { id: "104", skuId: first }, as("1"));
		await until(() => told("room-products.pinned", "104").length === 2);
		await call("room-products.pin", { id: "104", skuId: second }, as("1"));
		const at = new Date().toISOString();
		const session = { roomId: "104", sessionId: "1", hostId: "1", at };
		await stage.db.transaction((tx) =>
			publish(tx, "rooms.ended", { ...session, reason: "host", generation: 1 })
		);
		await until(async () => (await call("room-products.pinned", { id: "104" })).pinned === null);
		await until(() => told("room-products.pinned", "104").length === 4);
		expect(told("room-products.pinned", "104").at(-1)?.payload.type).toBe("unpinned");
	});

	it("follows its products: price, words, withdrawal", async () => {
		const { id, skus } = await stage.product("2", [3]);
		const skuId = skus[0]?.id ?? "";
		await add("200", skuId);
		await call("room-products.pin", { id: "200", skuId }, as("2"));
		const change = { id, title: "Renamed", skus: [{ id: skuId, price: usd(42) }] };
		await call("products.update", change, as("2"));
		const goods = () => call("room-products.list", { id: "200" });
		await until(async () => (await goods()).items[0]?.title === "Renamed");
		expect((await goods()).items).toMatchObject([{ price: usd(42), pinned: true }]);
		await call("products.withdraw", { id }, as("2"));
		await until(async () => (await goods()).items.length === 0);
		// The host still sees it, to take it away.
		const own = await call("room-products.list", { id: "200" }, as("2"));
		expect(own.items).toMatchObject([{ skuId, onSale: false, pinned: false }]);
		await until(() =>
			told("room-products.pinned", "200").some(({ payload }) => payload.type === "unpinned")
		);
	});

	it("holds its bound when goods are added at once", async () => {
		const stocks = Array.from({ length: 40 }, () => 1);
		const all = [
			...(await skusOf("3", stocks)),
			...(await skusOf("3", stocks)),
			...(await skusOf("3", stocks))
		];
		const answers = await Promise.allSettled(all.map((skuId) => add("300", skuId)));
		const done = answers.filter(({ status }) => status === "fulfilled");
		expect(done).toHaveLength(limits.roomProductsMax);
		expect(answers.find(({ status }) => status === "rejected")).toMatchObject({
			reason: { type: "TOO_MANY_GOODS" }
		});
		expect(new Set(await list("300")).size).toBe(limits.roomProductsMax);
	});

	it("has the goods of a room that goes live at hand", async () => {
		const [skuId = ""] = await skusOf("4", [2]);
		// Not by the service, which would have read the room on the way.
		await stage.db.transaction(async (tx) => {
			await lockGoods(tx, "400");
			await replaceGoods(tx, "400", [{ skuId, price: null }]);
		});
		const reads = () => stage.asked.filter((id) => id === "400").length;
		expect(reads()).toBe(0);
		const at = new Date().toISOString();
		await stage.db.transaction((tx) =>
			publish(tx, "rooms.wentLive", { roomId: "400", sessionId: "9", hostId: "4", at })
		);
		// Nobody else reads it before the first viewer.
		await until(() => reads() > 0);
		expect(await list("400")).toEqual([skuId]);
	});
});
