/** Somebody who orders at a stage, and what they look at to see that nothing went wrong. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { verifyStock } from "../../services/stock/stock.verify.ts";
import { booksOf, type OrderStage } from "./order-stage.ts";
import { as } from "./shop-stage.ts";

let people = 100;

type Items = readonly { skuId: string; quantity: number; roomId?: string }[];

/** Call `renew` before each test: it makes them somebody else, with an address. */
export function shopperOn(stage: () => OrderStage) {
	const me = { id: "", addressId: "" };
	const call: OrderStage["call"] = (...rest) => stage().call(...rest);
	const keyed = (key: string = randomUUID()) => as(me.id, key);

	const place = (items: Items, key?: string) =>
		call("orders.place", { items: [...items], addressId: me.addressId }, keyed(key));

	return {
		me,
		keyed,
		place,
		async renew(): Promise<void> {
			people += 1;
			me.id = String(people);
			me.addressId = await stage().address(me.id);
		},
		/** The id of a new SKU of that host with so many units. */
		async sku(hostId: string, units = 10): Promise<string> {
			const { skus } = await stage().product(hostId, [units]);
			return skus[0]?.id ?? "";
		},
		/** An order of one SKU. */
		async placed(skuId: string, quantity = 1) {
			const [order] = (await place([{ skuId, quantity }])).items;
			if (!order) throw new Error("There is no order.");
			return order;
		},
		pay: (id: string, provider = "coins", key?: string) =>
			call("orders.pay", { id, provider }, keyed(key)),
		step: (name: "orders.cancel" | "orders.confirm", id: string, key?: string) =>
			call(name, { id }, keyed(key)),
		get: (id: string) => call("orders.get", { id }, as(me.id)),
		heard: (name: string, orderId: string) =>
			stage().heard.filter((told) => told.name === name && told.payload.orderId === orderId),
		/** It is refused, and leaves every table as it was. */
		async refuses(act: () => Promise<unknown>, type: string): Promise<void> {
			const before = await booksOf(stage().db);
			await expect(act()).rejects.toMatchObject({ type });
			expect(await booksOf(stage().db)).toEqual(before);
		},
		async verify(): Promise<void> {
			expect((await verifyStock(stage().db)).faults).toEqual([]);
		}
	};
}
