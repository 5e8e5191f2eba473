import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largest, selectedSum, shownLine } from "./carts.rules.ts";

const money = (amount: number) => ({ amount, currency: "USD" });
const line = {
	...{ skuId: "1", roomId: "100", quantity: 2, selected: true, price: 500 },
	addedAt: new Date("2026-11-21T09:00:00.000Z")
};
const sku = {
	...{ skuId: "1", productId: "2", sellerId: "3", title: "Oolong", pictureUrl: null },
	...{ attributes: [], price: money(700), onSale: true }
};

describe("a line", () => {
	it.each([
		["as it was", money(500), 5, true, { priceChanged: false, invalid: null, roomId: "100" }],
		["room over", null, 5, true, { priceChanged: true, invalid: null, roomId: null }],
		["too few", money(500), 1, true, { invalid: "not-enough-stock", available: 1 }],
		["none left", money(500), 0, true, { invalid: "not-enough-stock", available: 0 }],
		["withdrawn", money(500), 0, false, { invalid: "withdrawn" }]
	])("%s", (_, roomPrice, available, onSale, shown) => {
		expect(shownLine(line, { sku: { ...sku, onSale }, roomPrice, available })).toMatchObject(shown);
	});

	it("counts only when it is selected and can be ordered", () => {
		const shown = (selected: boolean, available: number) =>
			shownLine({ ...line, selected }, { sku, roomPrice: null, available });
		expect(selectedSum([shown(true, 9), shown(false, 9), shown(true, 1)])).toBe(1_400);
	});
});

describe("what a guest brings", () => {
	it("is one wish per SKU, the largest, and the same when it is brought again", () => {
		const wish = fc.record({
			skuId: fc.constantFrom("1", "2", "3"),
			quantity: fc.integer({ min: 1, max: 9 })
		});
		fc.assert(
			fc.property(fc.array(wish), (wishes) => {
				const brought = largest(wishes);
				expect(new Set(brought.map(({ skuId }) => skuId)).size).toBe(brought.length);
				for (const { skuId, quantity } of wishes) {
					const kept = brought.find((one) => one.skuId === skuId);
					expect(kept?.quantity).toBeGreaterThanOrEqual(quantity);
				}
				expect(largest([...brought, ...wishes])).toEqual(brought);
			})
		);
	});
});
