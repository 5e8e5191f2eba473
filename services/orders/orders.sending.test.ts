/** From paid goods to goods that have come: where to, how, and what happens when nobody says so. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import {
	balanceOf,
	fillPurse,
	type OrderStage,
	startOrders
} from "../../test/harness/order-stage.ts";
import { as } from "../../test/harness/shop-stage.ts";
import { shopperOn } from "../../test/harness/shopper.ts";
import { until } from "../../test/harness/until.ts";
import { verifyLedger } from "../wallets/wallets.verify.ts";
import { up as addShipments } from "./migrations/0002-shipments.ts";
import { sweepOnce } from "./orders.sweep.ts";

const seller = "6";
const dayMilliseconds = 24 * 3_600_000;

describe.each(sqlBackends)("sending orders on $name", (backend) => {
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

	const ship = (id: string, words: object = {}, key: string = randomUUID()) =>
		call("orders.ship", { id, ...words }, as(seller, key));
	const setAddress = (id: string, addressId: string, who = me.id) =>
		call("orders.setAddress", { id, addressId }, as(who));
	const sales = async (filter: object) =>
		(await call("orders.sales", { ...filter, limit: 50 }, as(seller))).items.map(({ id }) => id);

	async function paid() {
		const order = await placed(await sku(seller));
		await fillPurse(stage.db, me.id, order.totalCoins);
		await pay(order.id);
		return order;
	}
	/** As orders of flash sales are whose buyers have no address. */
	async function withoutAddress() {
		const order = await paid();
		await stage.db.execute("UPDATE orders_checkouts SET address = 'null' WHERE id = ?", [
			order.checkoutId
		]);
		return order;
	}

	it("says with whom and under which number, to its buyer, once", async () => {
		const order = await paid();
		expect(await get(order.id)).toMatchObject({ shipment: null, confirmsAt: null });
		const words = { carrier: "Korea Post", trackingNumber: "6890 1234 5678" };
		const key = randomUUID();
		for (const _ of [1, 2]) {
			const sent = await ship(order.id, words, key);
			expect(sent).toMatchObject({ status: "shipped", shipment: words });
		}
		await refuses(
			() => ship(order.id, { ...words, carrier: "Another" }, key),
			"IDEMPOTENCY_CONFLICT"
		);
		await refuses(() => ship(order.id, words), "ORDER_STATE");
		const { shipment, shippedAt, confirmsAt } = await get(order.id);
		expect(shipment).toEqual(words);
		const waits = Date.parse(confirmsAt ?? "") - Date.parse(shippedAt ?? "");
		expect(waits).toBe(limits.orderConfirmDays * dayMilliseconds);
		await until(() => heard("orders.shipped", order.id).length === 1);
		expect(heard("orders.shipped", order.id)[0]?.payload).toMatchObject(words);
	});

	it("needs neither, but takes nothing that cannot be shown", async () => {
		const order = await paid();
		const tooLong = "1".repeat(limits.orderTrackingNumberCharactersMax + 1);
		for (const words of [{ carrier: " " }, { carrier: "a\nb" }, { trackingNumber: tooLong }]) {
			await refuses(() => ship(order.id, words), "VALIDATION_ERROR");
		}
		const { shipment } = await ship(order.id);
		expect(shipment).toEqual({ carrier: null, trackingNumber: null });
	});

	it("goes nowhere without an address, until its buyer names one", async () => {
		const order = await withoutAddress();
		expect((await get(order.id)).address).toBeNull();
		await refuses(() => ship(order.id), "ORDER_WITHOUT_ADDRESS");
		await refuses(() => setAddress(order.id, "999999"), "ADDRESS_NOT_FOUND");
		await refuses(() => setAddress(order.id, me.addressId, seller), "NOT_FOUND");
		const stranger = await stage.address("95");
		await refuses(() => setAddress(order.id, stranger), "ADDRESS_NOT_FOUND");
		for (const _ of [1, 2]) {
			expect((await setAddress(order.id, me.addressId)).address).toMatchObject({ city: "Seoul" });
		}
		expect(await ship(order.id)).toMatchObject({ status: "shipped", address: { city: "Seoul" } });
		await refuses(() => setAddress(order.id, me.addressId), "ORDER_STATE");
	});

	it("changes the address of one order, and of no other of its checkout", async () => {
		const items = [await sku(seller), await sku("7")].map((skuId) => ({ skuId, quantity: 1 }));
		const { items: made } = await place(items);
		const [first = "", second = ""] = made.map(({ id }) => id);
		await call("addresses.update", { id: me.addressId, city: "Busan" }, as(me.id));
		expect((await setAddress(first, me.addressId)).address?.city).toBe("Busan");
		expect((await get(second)).address?.city).toBe("Seoul");
		await step("orders.cancel", first);
		await refuses(() => setAddress(first, me.addressId), "ORDER_STATE");
	});

	it("is received by itself when nobody says anything, and its seller is paid", async () => {
		const order = await paid();
		const { confirmsAt } = await ship(order.id);
		const at = new Date(confirmsAt ?? "");
		await sweepOnce(stage.setup, new Date(at.getTime() - 1));
		expect((await get(order.id)).status).toBe("shipped");
		const income = await balanceOf(stage.db, seller, "income");
		await Promise.all([1, 2].map(() => sweepOnce(stage.setup, at)));
		expect(await get(order.id)).toMatchObject({
			...{ status: "received", receivedAt: at.toISOString(), confirmsAt: null }
		});
		expect(await balanceOf(stage.db, seller, "income")).toBe(income + order.totalCoins);
		expect(await sweepOnce(stage.setup, at)).toBe(0);
		await refuses(() => step("orders.confirm", order.id), "ORDER_STATE");
		await until(() => heard("orders.received", order.id).length === 1);
		expect(heard("orders.received", order.id)[0]?.payload).toMatchObject({ reason: "timeout" });
		await verify();
	});

	it("is received by itself also when it was sent before anybody counted the days", async () => {
		const order = await paid();
		const { confirmsAt } = await ship(order.id);
		const at = new Date(confirmsAt ?? "");
		await stage.db.execute("DELETE FROM orders_shipments WHERE order_id = ?", [order.id]);
		await sweepOnce(stage.setup, at);
		expect(await get(order.id)).toMatchObject({ status: "shipped", shipment: null });
		// Run again, it leaves alone those that stand there.
		for (const _ of [1, 2]) await addShipments(stage.db);
		await sweepOnce(stage.setup, new Date(at.getTime() - 1));
		expect((await get(order.id)).status).toBe("shipped");
		await sweepOnce(stage.setup, at);
		expect((await get(order.id)).status).toBe("received");
		await verify();
	});

	it("is paid out once, whoever is first: its buyer or the time", async () => {
		const order = await paid();
		const { confirmsAt } = await ship(order.id);
		const income = await balanceOf(stage.db, seller, "income");
		const at = new Date(confirmsAt ?? "");
		await Promise.allSettled([
			...[1, 2].map(() => step("orders.confirm", order.id)),
			...[1, 2].map(() => sweepOnce(stage.setup, at))
		]);
		expect((await get(order.id)).status).toBe("received");
		expect(await balanceOf(stage.db, seller, "income")).toBe(income + order.totalCoins);
		expect(await sweepOnce(stage.setup, at)).toBe(0);
		await until(() => heard("orders.received", order.id).length > 0);
		expect(heard("orders.received", order.id)).toHaveLength(1);
		expect((await verifyLedger(stage.db)).faults).toEqual([]);
	});

	it("shows its seller what to send by state, room and flash sale, and how many", async () => {
		const counts = (flashSaleId?: string) =>
			call("orders.salesCounts", flashSaleId ? { flashSaleId } : {}, as(seller));
		const before = await counts();
		const inRoom = await sku(seller);
		await call("room-products.add", { id: "600", skuId: inRoom }, as(seller));
		const other = await placed(await sku(seller));
		const [fromRoom] = (await place([{ skuId: inRoom, quantity: 1, roomId: "600" }])).items;
		const ofSale = await paid();
		const saleId = String(9_000_000 + Number(me.id));
		await stage.db.execute(
			"UPDATE orders_orders SET source = 'flash-sale', source_id = ? WHERE id = ?",
			[saleId, ofSale.id]
		);
		expect(await sales({ roomId: "600" })).toEqual([fromRoom?.id]);
		expect(await sales({ roomId: "601" })).toEqual([]);
		expect(await sales({ flashSaleId: saleId })).toEqual([ofSale.id]);
		expect(await sales({ flashSaleId: saleId, status: "paid" })).toEqual([ofSale.id]);
		expect(await sales({ flashSaleId: saleId, status: "unpaid" })).toEqual([]);
		expect(await sales({ status: "unpaid", roomId: "600" })).toEqual([fromRoom?.id]);
		expect((await sales({})).slice(0, 3)).toEqual([ofSale.id, fromRoom?.id, other.id]);
		expect(await counts()).toEqual({
			...before,
			unpaid: before.unpaid + 2,
			paid: before.paid + 1
		});
		expect(await counts(saleId)).toMatchObject({ unpaid: 0, paid: 1, shipped: 0 });
		const stranger = await call("orders.sales", { flashSaleId: saleId }, as("7"));
		expect(stranger.items).toEqual([]);
		expect(await call("orders.salesCounts", { flashSaleId: saleId }, as("7"))).toMatchObject({
			paid: 0
		});
	});
});
