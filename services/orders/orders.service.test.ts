import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import { fillPurse, type OrderStage, startOrders } from "../../test/harness/order-stage.ts";
import { as } from "../../test/harness/shop-stage.ts";
import { shopperOn } from "../../test/harness/shopper.ts";
import { until } from "../../test/harness/until.ts";
import { draftsOf, place as placeIn } from "./orders.placing.ts";

const refusal = (type: string) => ({ type });

describe.each(sqlBackends)("orders on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let stage: OrderStage;
	let call: OrderStage["call"];

	beforeAll(async () => {
		stage = await startOrders(backend);
		call = stage.call;
	});
	afterAll(() => stage.stop());
	const shopper = shopperOn(() => stage);
	const { me, sku, place, placed, pay, step, get, heard, refuses, verify } = shopper;
	beforeEach(() => shopper.renew());

	describe("placing", () => {
		it("makes one order per seller under one checkout, with what was sold", async () => {
			const [first, second, third] = [await sku("1"), await sku("2"), await sku("1")];
			const made = await place([
				{ skuId: first, quantity: 2 },
				{ skuId: second, quantity: 1 },
				{ skuId: third, quantity: 3 }
			]);
			expect(made.items.map(({ sellerId }) => sellerId).sort()).toEqual(["1", "2"]);
			const order = made.items.find(({ sellerId }) => sellerId === "1");
			expect(order).toMatchObject({
				...{ status: "unpaid", checkoutId: made.checkoutId, buyerId: me.id, paidBy: null },
				total: { amount: 5_000, currency: "USD" },
				totalCoins: 5_000,
				address: { city: "Seoul", line2: null },
				lines: [
					{ skuId: first, quantity: 2, title: "Oolong", amount: { amount: 2_000 } },
					{ skuId: third, quantity: 3, price: { amount: 1_000 }, amount: { amount: 3_000 } }
				]
			});
			expect(order?.number).toBe(order?.id);
			expect(await stage.pile(first)).toEqual({ onHand: 8, reserved: 2, sold: 0 });
			await until(() => heard("orders.placed", order?.id ?? "").length === 1);
			await verify();
		});

		it("keeps price, title and address as they were", async () => {
			const { id, skus } = await stage.product("1", [10]);
			const skuId = skus[0]?.id ?? "";
			const order = await placed(skuId);
			const changes = [{ id: skuId, price: { amount: 7, currency: "USD" } }];
			await call("products.update", { id, title: "Other", skus: changes }, as("1"));
			await call("addresses.remove", { id: me.addressId }, as(me.id));
			expect(await get(order.id)).toMatchObject({
				total: { amount: 1_000 },
				lines: [{ title: "Oolong", price: { amount: 1_000 } }],
				address: { line1: "12 Sejong-daero" }
			});
		});

		it("takes the room's price while the room is on", async () => {
			const skuId = await sku("1");
			const add = { skuId, price: { amount: 400, currency: "USD" } };
			await call("room-products.add", { id: "100", ...add }, as("1"));
			await call("room-products.add", { id: "109", ...add }, as("1"));
			const items = [
				{ skuId, quantity: 1, roomId: "100" },
				{ skuId, quantity: 1 }
			];
			const quote = await call("orders.quote", { items, addressId: me.addressId }, as(me.id));
			expect(quote).toMatchObject({ total: { amount: 1_400 }, totalCoins: 1_400 });
			const { items: made } = await place(items);
			expect(made[0]?.lines.map(({ price }) => price.amount)).toEqual([400, 1_000]);
			const over = [{ skuId, quantity: 1, roomId: "109" }];
			await refuses(() => place(over), "ROOM_OFFER_OVER");
			const elsewhere = [{ skuId, quantity: 1, roomId: "200" }];
			await refuses(() => place(elsewhere), "ROOM_OFFER_OVER");
		});

		it("sells for no price that does not hold any more", async () => {
			const { id, skus } = await stage.product("1", [10]);
			const skuId = skus[0]?.id ?? "";
			const pricing = { buyerId: me.id, coinsPerUnit: 100 };
			const drafts = await draftsOf(call, [{ skuId, quantity: 1 }], pricing);
			const dearer = (amount: number) => {
				const changes = [{ id: skuId, price: { amount, currency: "USD" } }];
				return call("products.update", { id, skus: changes }, as("1"));
			};
			await dearer(1_100);
			const placedAt = new Date();
			const intent = {
				...{ userId: me.id, key: randomUUID(), hash: "0".repeat(64), action: "place" as const },
				reference: "999001"
			};
			const placing = {
				...{ intent, drafts, orderIds: ["999002"], currency: "USD", placedAt },
				...{ address: null as never, expiresAt: new Date(placedAt.getTime() + 60_000) }
			};
			await refuses(() => stage.db.transaction((tx) => placeIn(tx, placing)), "OFFER_CHANGED");
			// Asked for while it changes, it is sold for the one price or the other.
			const ends = await Promise.all([placed(skuId), dearer(1_200), placed(skuId)]);
			for (const order of [ends[0], ends[2]]) expect([1_100, 1_200]).toContain(order.total.amount);
		});

		it("takes what was ordered out of the cart, and nothing else", async () => {
			const [first, second] = [await sku("1"), await sku("1")];
			for (const skuId of [first, second]) {
				await call("carts.put", { skuId, quantity: 1 }, as(me.id));
			}
			await placed(first);
			const { items } = await call("carts.get", {}, as(me.id));
			expect(items.map(({ skuId }) => skuId)).toEqual([second]);
		});

		it("answers a key again, also when the goods are gone, and refuses it for others", async () => {
			const skuId = await sku("1", 2);
			const key = randomUUID();
			const items = [{ skuId, quantity: 2 }];
			const twins = await Promise.all([place(items, key), place(items, key)]);
			const again = await place(items, key);
			expect(twins).toEqual([again, again]);
			expect(await stage.pile(skuId)).toEqual({ onHand: 0, reserved: 2, sold: 0 });
			await refuses(() => place([{ skuId, quantity: 1 }], key), "IDEMPOTENCY_CONFLICT");
			const [order] = again.items;
			await refuses(() => pay(order?.id ?? "", "coins", key), "IDEMPOTENCY_CONFLICT");
		});

		it("refuses what cannot be, and changes nothing", async () => {
			const { id, skus } = await stage.product("1", [5, 5]);
			const [skuId = "", other = ""] = skus.map((one) => one.id);
			const foreign = await stage.address("99");
			const withAddress = (address: string) =>
				call(
					"orders.place",
					{ items: [{ skuId, quantity: 1 }], addressId: address },
					as(me.id, randomUUID())
				);
			await refuses(() => withAddress(foreign), "ADDRESS_NOT_FOUND");
			await refuses(() => place([{ skuId: "999999", quantity: 1 }]), "SKU_NOT_ON_SALE");
			await refuses(() => place([{ skuId, quantity: 6 }]), "STOCK_TOO_LOW");
			const twoLines = [
				{ skuId, quantity: 3 },
				{ skuId, quantity: 3 }
			];
			await refuses(() => place(twoLines), "STOCK_TOO_LOW");
			await refuses(
				() =>
					place([
						{ skuId: other, quantity: 1 },
						{ skuId, quantity: 6 }
					]),
				"STOCK_TOO_LOW"
			);
			for (const quantity of [0, -1, 1.5, 1_000]) {
				await refuses(() => place([{ skuId, quantity }]), "VALIDATION_ERROR");
			}
			await refuses(() => place([]), "VALIDATION_ERROR");
			const priced = [{ skuId, quantity: 1, price: { amount: 1, currency: "USD" } }];
			await refuses(() => place(priced), "VALIDATION_ERROR");
			const own = call(
				"orders.place",
				{
					...{ items: [{ skuId, quantity: 1 }], addressId: await stage.address("1") }
				},
				as("1", randomUUID())
			);
			await expect(own).rejects.toMatchObject(refusal("ORDER_OWN_GOODS"));
			await call("products.withdraw", { id }, as("1"));
			await refuses(() => place([{ skuId, quantity: 1 }]), "SKU_NOT_ON_SALE");
		});

		it("refuses more than can be paid at once", async () => {
			const made = await call(
				"products.create",
				{
					title: "Gold",
					skus: [{ price: { amount: 100_000_000_000, currency: "USD" }, stock: 100 }]
				},
				as("1")
			);
			const skuId = made.skus[0]?.id ?? "";
			await refuses(() => place([{ skuId, quantity: 11 }]), "ORDER_TOO_LARGE");
			const quote = () => call("orders.quote", { items: [{ skuId, quantity: 11 }] }, as(me.id));
			await expect(quote()).rejects.toMatchObject(refusal("ORDER_TOO_LARGE"));
		});
	});

	it("lists what one bought and sold, page by page, and shows sellers where to", async () => {
		const skuId = await sku("8", 20);
		const ids: string[] = [];
		for (let count = 0; count < 5; count += 1) ids.unshift((await placed(skuId)).id);
		await step("orders.cancel", ids[0] as string);
		const first = await call("orders.list", { limit: 3 }, as(me.id));
		const cursor = first.nextCursor ?? "";
		const second = await call("orders.list", { limit: 3, cursor }, as(me.id));
		const all = [...first.items, ...second.items].map(({ id }) => id);
		expect(new Set(all)).toEqual(new Set(ids));
		expect(second.nextCursor).toBeNull();
		const closed = await call("orders.list", { status: "closed" }, as(me.id));
		expect(closed.items.map(({ id }) => id)).toEqual([ids[0]]);
		await fillPurse(stage.db, me.id, 1_000);
		await pay(ids[1] as string);
		const sales = await call("orders.sales", { limit: 100 }, as("8"));
		const shown = sales.items.filter(({ id }) => ids.includes(id));
		expect(shown).toHaveLength(5);
		expect(shown.filter(({ address }) => address !== null).map(({ id }) => id)).toEqual([ids[1]]);
		expect((await call("orders.sales", {}, as(me.id))).items).toEqual([]);
	});
});
