import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTraceparent } from "./traceparent.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";

describe("parseTraceparent", () => {
	test("reads ids and the sampled bit", () => {
		expect(parseTraceparent(`00-${traceId}-${parentId}-01`)).toEqual({
			traceId,
			parentId,
			sampled: true
		});
		expect(parseTraceparent(`00-${traceId}-${parentId}-00`)?.sampled).toBe(false);
		// Other bits of the flags are not ours to judge.
		expect(parseTraceparent(`00-${traceId}-${parentId}-fe`)?.sampled).toBe(false);
	});

	test("a later version may carry more fields, version 00 may not", () => {
		expect(parseTraceparent(`cc-${traceId}-${parentId}-01-more`)).toMatchObject({ traceId });
		expect(parseTraceparent(`00-${traceId}-${parentId}-01-more`)).toBeUndefined();
	});

	test.each([
		undefined,
		"",
		"00",
		`ff-${traceId}-${parentId}-01`,
		`00-${"0".repeat(32)}-${parentId}-01`,
		`00-${traceId}-${"0".repeat(16)}-01`,
		`00-${traceId.toUpperCase()}-${parentId}-01`,
		`00-${traceId.slice(1)}-${parentId}-01`,
		`00-${traceId}-${parentId}-0g`,
		`cc-${traceId}-${parentId}-01-${"x".repeat(10_000)}`
	])("refuses %j", (header) => {
		expect(parseTraceparent(header)).toBeUndefined();
	});

	test("never throws, and answers only ids of the right form", () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f-]{50,60}$/)), (header) => {
				const parsed = parseTraceparent(header);
				if (!parsed) return;
				expect(parsed.traceId).toMatch(/^[0-9a-f]{32}$/);
				expect(parsed.parentId).toMatch(/^[0-9a-f]{16}$/);
			})
		);
	});
});
