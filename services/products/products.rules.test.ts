import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import {
	after,
	anyAlike,
	type Status,
	type Step,
	subtreeOf,
	tidyAttributes,
	tidyDescription,
	tidyWord
} from "./products.rules.ts";

describe("the states of a product", () => {
	const cases: readonly [Status, Step, Status | null][] = [
		["draft", "publish", "published"],
		["draft", "withdraw", null],
		["draft", "block", "blocked"],
		["draft", "unblock", "draft"],
		["published", "publish", "published"],
		["published", "withdraw", "withdrawn"],
		["published", "block", "blocked"],
		["published", "unblock", "published"],
		["withdrawn", "publish", "published"],
		["withdrawn", "withdraw", "withdrawn"],
		["withdrawn", "block", "blocked"],
		["withdrawn", "unblock", "withdrawn"],
		["blocked", "publish", null],
		["blocked", "withdraw", null],
		["blocked", "block", "blocked"],
		["blocked", "unblock", "withdrawn"]
	];
	it.each(cases)("%s: %s makes it %s", (status, step, next) => {
		expect(after(status, step)).toBe(next);
	});
});

describe("words", () => {
	it("keeps what can be shown, with one space where there were several", () => {
		expect(tidyWord("  Tea\t from\n Boseong 🍵 ", 120)).toBe("Tea from Boseong 🍵");
		expect(tidyWord("e\u0301", 1)).toBe("é");
	});
	it.each(["", "   ", "\u200b", "a\u0007b", "\ud800", "x".repeat(121)])("refuses %j", (text) => {
		expect(tidyWord(text, 120)).toBeUndefined();
	});
	it("keeps the lines of a description", () => {
		expect(tidyDescription(" One\r\nTwo\rThree\n")).toBe("One\nTwo\nThree");
		expect(tidyDescription("")).toBe("");
		expect(tidyDescription("bell \u0007")).toBeUndefined();
		const max = limits.productDescriptionCharactersMax;
		expect(tidyDescription("\u0958".repeat(max))).toBeUndefined();
	});
	it("refuses attributes that name one thing twice", () => {
		const size = { name: "Size", value: "M" };
		expect(tidyAttributes([{ name: " Size ", value: "M" }])).toEqual([size]);
		expect(tidyAttributes([size, { name: "Size ", value: "L" }])).toBeUndefined();
		expect(tidyAttributes([{ name: "\u200b", value: "L" }])).toBeUndefined();
	});
	it("sees alike lists in whatever order", () => {
		const [size, colour] = [
			{ name: "Size", value: "M" },
			{ name: "Colour", value: "red" }
		];
		expect(
			anyAlike([
				[size, colour],
				[colour, size]
			])
		).toBe(true);
		expect(anyAlike([[size, colour], [size], []])).toBe(false);
		expect(anyAlike([[], []])).toBe(true);
	});
});

describe("categories", () => {
	const all = [
		{ id: "1", slug: "food", parentId: null },
		{ id: "2", slug: "tea", parentId: "1" },
		{ id: "3", slug: "green-tea", parentId: "2" },
		{ id: "4", slug: "home", parentId: null }
	];
	it("have all below them", () => {
		expect(subtreeOf(all, "food")).toEqual(["1", "2", "3"]);
		expect(subtreeOf(all, "home")).toEqual(["4"]);
		expect(subtreeOf(all, "none")).toEqual([]);
	});
	it("may not go round for ever", () => {
		const round = [
			{ id: "1", slug: "a", parentId: "2" },
			{ id: "2", slug: "b", parentId: "1" }
		];
		expect(subtreeOf(round, "a")).toEqual(["1", "2"]);
	});
});
