import { describe, expect, it } from "vitest";
import { limits } from "../../../config/limits.ts";
import { GuestCart, type GuestLine } from "./guest-cart.ts";

function storage(content?: string) {
	let text = content ?? null;
	return {
		getItem: () => text,
		setItem: (_: string, next: string) => {
			text = next;
		},
		removeItem: () => {
			text = null;
		}
	};
}

const line = (skuId: string, quantity = 1): GuestLine => ({
	...{ skuId, productId: "7", roomId: "9", quantity, selected: true },
	priceWhenAdded: { amount: 900, currency: "USD" }
});
const shown = (cart: GuestCart) => cart.lines().map(({ skuId, quantity }) => [skuId, quantity]);

describe("the cart of a guest", () => {
	it("adds up, the newest first, and is there after a reload", () => {
		const kept = storage();
		const cart = new GuestCart(kept);
		cart.add(line("1"));
		cart.add(line("2", 2));
		cart.add(line("1", 3));
		cart.change("2", { quantity: 5, selected: false });
		expect(shown(new GuestCart(kept))).toEqual([
			["1", 4],
			["2", 5]
		]);
		cart.remove("1");
		expect(shown(cart)).toEqual([["2", 5]]);
	});

	it("has its bounds", () => {
		const cart = new GuestCart(storage());
		cart.add(line("1", limits.orderQuantityMax));
		cart.add(line("1", 5));
		expect(shown(cart)).toEqual([["1", limits.orderQuantityMax]]);
		for (let id = 2; id <= limits.cartLinesMax; id += 1) expect(cart.add(line(`${id}`))).toBe(true);
		expect(cart.add(line("5000"))).toBe(false);
		expect(cart.add(line("2"))).toBe(true);
	});

	it("keeps what was added while it was brought to the platform", () => {
		const cart = new GuestCart(storage());
		cart.add(line("1"));
		const sent = cart.lines();
		cart.add(line("2"));
		cart.brought(sent);
		expect(shown(cart)).toEqual([["2", 1]]);
	});

	it("leaves out what cannot be a line", () => {
		const good = line("1");
		const bad = [null, 5, { ...good, skuId: "x" }, { ...good, quantity: 0 }, { skuId: "2" }];
		expect(shown(new GuestCart(storage(JSON.stringify([...bad, good]))))).toEqual([["1", 1]]);
		expect(shown(new GuestCart(storage("{")))).toEqual([]);
		expect(shown(new GuestCart(storage('"text"')))).toEqual([]);
	});
});
