import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitOf, tagBits, tagNames, tagsOf } from "./tags.rules.ts";

describe("tags", () => {
	it("have bits of their own that fit into a BIGINT", () => {
		const bits = Object.values(tagBits);
		expect(new Set(bits).size).toBe(bits.length);
		for (const bit of bits) expect(bit >= 0 && bit <= 61).toBe(true);
	});

	it("keep the bits that rows already carry", () => {
		expect(tagBits).toMatchObject({ host: 0, operator: 1, verified: 2, vip: 3 });
	});

	it("survive the way to bits and back, beside bits without a name", () => {
		fc.assert(
			fc.property(fc.subarray(tagNames), (chosen) => {
				const bits = chosen.reduce((sum, tag) => sum | bitOf(tag), 1n << 61n);
				expect(tagsOf(bits)).toEqual(chosen);
			})
		);
	});
});
