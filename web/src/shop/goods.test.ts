import { describe, expect, it } from "vitest";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import {
	axesOf,
	chosen,
	firstOf,
	type Good,
	isInStock,
	newer,
	offersOf,
	pinnedNow,
	type Told,
	toldBy
} from "./goods.ts";

const usd = (amount: number) => ({ amount, currency: "USD" });

function good(skuId: string, stock: number, values: Readonly<Record<string, string>>): Good {
	const attributes = Object.entries(values).map(([name, value]) => ({ name, value }));
	const card = { skuId, productId: "7", title: "Shirt", price: usd(900), pictureUrl: null };
	const place = { position: 0, pinned: false, onSale: true };
	return { ...card, ...place, sellerId: "3", attributes, listPrice: usd(1_000), stock };
}

const shirts = [
	good("1", 0, { Colour: "Red", Size: "M" }),
	good("2", 5, { Colour: "Red", Size: "L" }),
	good("3", 2, { Colour: "Blue", Size: "M" })
] as const;

describe("variants", () => {
	it("have an axis per attribute", () => {
		expect(axesOf(shirts)).toEqual([
			{ name: "Colour", values: ["Red", "Blue"] },
			{ name: "Size", values: ["M", "L"] }
		]);
		expect(axesOf([good("1", 1, {})])).toEqual([]);
	});

	it("stand for themselves when their attributes differ", () => {
		const mixed = [good("1", 1, { Size: "M" }), good("2", 1, {})];
		expect(axesOf(mixed)).toEqual([{ name: "", values: ["M", "#2"] }]);
	});

	it("begin with one that can be bought", () => {
		expect(firstOf([...shirts]).skuId).toBe("2");
		expect(firstOf([shirts[0]]).skuId).toBe("1");
	});

	it("keep the rest of the choice, unless that leads nowhere", () => {
		const [colour, size] = axesOf(shirts);
		if (!colour || !size) throw new Error("no axes");
		const all = [...shirts] as [Good, ...Good[]];
		const [, redL, blueM] = shirts;
		// There is no blue one in L.
		expect(chosen(all, { from: redL, axis: colour, value: "Blue" })).toBe(blueM);
		// The red one in M is sold out: its size is to be had in blue.
		expect(chosen(all, { from: redL, axis: size, value: "M" })).toBe(blueM);
		expect(isInStock(all, size, "M")).toBe(true);
		expect(isInStock([shirts[0]], size, "M")).toBe(false);
	});

	it("of one product stand together, where the first of them stands", () => {
		const other = { ...good("9", 1, {}), productId: "8" };
		const offers = offersOf([shirts[0], other, shirts[1]]);
		expect(offers.map(({ goods }) => goods.map(({ skuId }) => skuId))).toEqual([["1", "2"], ["9"]]);
	});
});

const message = (body: Record<string, unknown>, kind: Envelope["kind"] = "product"): Envelope => ({
	id: "m",
	class: "reliable",
	kind,
	at: "2026-11-21T09:00:00.000Z",
	body
});
const words = { skuId: "2", productId: "7", title: "Shirt", price: usd(900), pictureUrl: null };

describe("what is explained now", () => {
	it("is read from messages, and from nothing else", () => {
		expect(toldBy(message({ type: "pinned", version: 4, ...words }))).toEqual({
			version: 4,
			pinned: words
		});
		expect(toldBy(message({ type: "unpinned", version: 5, ...words }))).toEqual({
			version: 5,
			pinned: null
		});
		expect(toldBy(message({ type: "changed", version: 6 }))).toEqual({ version: 6 });
		expect(toldBy(message({ type: "pinned", version: 7, title: 3 }))).toEqual({ version: 7 });
		expect(toldBy(message({ type: "pinned", version: 4, ...words }, "chat"))).toBeUndefined();
		expect(toldBy(message({ type: "pinned", ...words }))).toBeUndefined();
	});

	it("follows the newest word, in whatever order words come", () => {
		const told: Told[] = [
			{ version: 3, pinned: { ...words, skuId: "1" } },
			{ version: 5, pinned: words },
			{ version: 6 },
			{ version: 4, pinned: null }
		];
		const forth = told.reduce<Told | undefined>(newer, undefined);
		expect(forth).toEqual({ version: 6, pinned: words });
	});

	it("is what was read when that is newer", () => {
		const pinned = { ...shirts[1], pinned: true };
		const goods = { version: 5, items: [shirts[0], pinned] };
		expect(pinnedNow(goods, undefined)).toBe(pinned);
		expect(pinnedNow(goods, { version: 4, pinned: null })).toBe(pinned);
		expect(pinnedNow(goods, { version: 6, pinned: null })).toBeNull();
		expect(pinnedNow(goods, { version: 6 })).toBe(pinned);
	});
});
