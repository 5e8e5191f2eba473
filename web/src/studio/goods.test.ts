import { describe, expect, it } from "vitest";
import {
	attributesOf,
	attributesText,
	type Product,
	priceOf,
	skuChanges,
	stockChanges
} from "./goods.ts";

describe("what a host writes", () => {
	it("is read as attributes", () => {
		const both = [
			{ name: "Colour", value: "Red" },
			{ name: "Size", value: "M" }
		];
		expect(attributesOf("Colour: Red, Size:M")).toEqual(both);
		expect(attributesOf("颜色：红，尺码：M")).toEqual([
			{ name: "颜色", value: "红" },
			{ name: "尺码", value: "M" }
		]);
		expect(attributesOf("Length: 1:2")).toEqual([{ name: "Length", value: "1:2" }]);
		expect(attributesOf(" ")).toEqual([]);
		expect(attributesOf("Red")).toBeUndefined();
		expect(attributesOf("Colour: ")).toBeUndefined();
		expect(attributesOf(attributesText(both))).toEqual(both);
	});

	it("is read as a price, to the last minor unit", () => {
		expect(priceOf("12.5", "USD")).toEqual({ amount: 1_250, currency: "USD" });
		expect(priceOf("0,07", "USD")?.amount).toBe(7);
		expect(priceOf("19.99", "USD")?.amount).toBe(1_999);
		expect(priceOf("1200", "KRW")?.amount).toBe(1_200);
		for (const text of ["", "0", "-1", "1e3", "12.345", ".5", "1.", "ten"]) {
			expect(priceOf(text, "USD"), text).toBeUndefined();
		}
		expect(priceOf("1.5", "KRW")).toBeUndefined();
	});

	it("becomes the difference to what is there", () => {
		const sku = (id: string, stock: number) => ({
			...{ id, sellerId: "3", attributes: [], stock },
			price: { amount: 500, currency: "USD" }
		});
		const product = { skus: [sku("1", 5), sku("2", 6), sku("3", 7)] } as unknown as Product;
		const draft = { attributes: "", price: "5.00" };
		const drafts = [
			{ key: "1", id: "1", ...draft, stock: "5" },
			{ key: "3", id: "3", ...draft, stock: "9" },
			{ key: "n", attributes: "Size: M", price: "7", stock: "1" }
		];
		const changes = skuChanges(drafts, product, "USD");
		expect(stockChanges(drafts, product)).toEqual([{ skuId: "3", quantity: 2 }]);
		const price = { amount: 500, currency: "USD" };
		expect(changes).toEqual([
			{ id: "1", attributes: [], price },
			{ id: "3", attributes: [], price },
			{
				attributes: [{ name: "Size", value: "M" }],
				price: { amount: 700, currency: "USD" },
				stock: 1
			},
			{ id: "2", removed: true }
		]);
	});
});
