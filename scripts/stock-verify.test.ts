import { describe, expect, it } from "vitest";
import { stockReportOf } from "./stock-verify.ts";

describe("npm run stock:verify", () => {
	it("says that all is well", () => {
		expect(stockReportOf({ levels: 8, movements: 7, faults: [] })).toBe(
			"The stock is whole: 8 levels, 7 movements."
		);
	});

	it("says where it is not", () => {
		const fault = { reason: "counts", place: "sku 7 in warehouse 1", found: "on hand 5" } as const;
		expect(stockReportOf({ levels: 8, movements: 7, faults: [fault] })).toBe(
			"The stock is NOT whole: 8 levels, 7 movements. First faults:\n" +
				"  counts: sku 7 in warehouse 1 (on hand 5)"
		);
	});
});
