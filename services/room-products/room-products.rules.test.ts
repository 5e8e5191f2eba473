import { describe, expect, it } from "vitest";
import { placed, sorted } from "./room-products.rules.ts";

const good = (skuId: string, price: number | null = null) => ({ skuId, price });
const goods = [good("1"), good("2"), good("3")];
const order = (list: readonly { skuId: string }[] | undefined) => list?.map(({ skuId }) => skuId);

describe("the order of a room's goods", () => {
	it("puts a new one last, or where it is told", () => {
		expect(order(placed(goods, good("9"), undefined))).toEqual(["1", "2", "3", "9"]);
		expect(order(placed(goods, good("9"), 0))).toEqual(["9", "1", "2", "3"]);
		expect(order(placed(goods, good("9"), 50))).toEqual(["1", "2", "3", "9"]);
	});
	it("leaves a known one where it is, or moves it", () => {
		expect(placed(goods, good("2", 7), undefined)).toEqual([good("1"), good("2", 7), good("3")]);
		expect(order(placed(goods, good("1"), 1))).toEqual(["2", "1", "3"]);
	});
	it("sorts, and refuses what is not there", () => {
		expect(order(sorted(goods, ["3", "1", "3"]))).toEqual(["3", "1", "2"]);
		expect(sorted(goods, ["3", "9"])).toBeUndefined();
	});
});
