import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	add,
	allocate,
	compare,
	decimalOf,
	exponentOf,
	formatMoney,
	money,
	multiply,
	shareOf,
	subtract
} from "./money.ts";

const usd = (amount: number) => money(amount, "USD");
const max = Number.MAX_SAFE_INTEGER;
const amounts = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1_000, max: 1_000 }));
const sumOf = (numbers: readonly number[]) =>
	numbers.reduce((sum, number) => sum + BigInt(number), 0n);

describe("money", () => {
	test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, max + 1])("%d is no amount", (amount) => {
		expect(() => usd(amount)).toThrow(RangeError);
	});

	test.each(["usd", "US", "USDT", "", "__proto__"])('"%s" is no currency', (currency) => {
		expect(() => money(1, currency)).toThrow(RangeError);
	});

	test("currencies do not mix", () => {
		for (const join of [add, subtract, compare]) {
			expect(() => join(usd(1), money(1, "EUR"))).toThrow(TypeError);
		}
	});

	test("beyond 2^53 is refused, not rounded", () => {
		expect(() => add(usd(max), usd(1))).toThrow(RangeError);
		expect(() => subtract(usd(-max), usd(1))).toThrow(RangeError);
		expect(() => multiply(usd(max), 2)).toThrow(RangeError);
		expect(() => multiply(usd(1), 0.5)).toThrow(RangeError);
		expect(() => shareOf(max, 10_001, "down")).toThrow(RangeError);
		expect(multiply(usd(-3), 0)).toEqual(usd(0));
	});

	test("sums and differences are inverse, and compare agrees with them", () => {
		const amount = fc.integer({ min: -1e15, max: 1e15 });
		fc.assert(
			fc.property(amount, amount, (left, right) => {
				expect(subtract(add(usd(left), usd(right)), usd(right))).toEqual(usd(left));
				expect(Math.sign(compare(usd(left), usd(right)))).toBe(Math.sign(left - right));
			})
		);
	});
});

describe("shareOf", () => {
	test.each([
		[100, 1_250, 12, 13, 12],
		[300, 1_250, 37, 38, 38],
		[-300, 1_250, -37, -38, -38],
		[500, 150, 7, 8, 8],
		[1, 5_000, 0, 1, 0],
		[3, 5_000, 1, 2, 2],
		[-3, 5_000, -1, -2, -2],
		[7, 10_000, 7, 7, 7],
		[7, 0, 0, 0, 0]
	])("%d × %d bp", (amount, points, down, up, halfEven) => {
		expect(shareOf(amount, points, "down")).toBe(down);
		expect(shareOf(amount, points, "up")).toBe(up);
		expect(shareOf(amount, points, "halfEven")).toBe(halfEven);
	});

	test("rounding moves a share by less than one unit", () => {
		fc.assert(
			fc.property(amounts, fc.integer({ min: 0, max: 10_000 }), (amount, points) => {
				const exact = BigInt(amount) * BigInt(points);
				for (const rounding of ["down", "up", "halfEven"] as const) {
					const distance = BigInt(shareOf(amount, points, rounding)) * 10_000n - exact;
					const bound = rounding === "halfEven" ? 5_000n : 9_999n;
					expect(distance <= bound && distance >= -bound).toBe(true);
				}
			})
		);
	});
});

describe("allocate", () => {
	const weights = fc
		.array(fc.oneof(fc.maxSafeInteger().map(Math.abs), fc.nat(5)), { minLength: 1, maxLength: 30 })
		.filter((list) => list.some((weight) => weight > 0));

	test("parts sum to the total exactly and are fair to less than one unit", () => {
		fc.assert(
			fc.property(amounts, weights, (total, list) => {
				const parts = allocate(total, list);
				expect(sumOf(parts)).toBe(BigInt(total));
				const whole = sumOf(list);
				for (const [index, part] of parts.entries()) {
					const distance = BigInt(part) * whole - BigInt(total) * BigInt(list[index] as number);
					expect(distance < whole && distance > -whole).toBe(true);
					if (list[index] === 0) expect(part).toBe(0);
				}
			})
		);
	});

	test("a refund mirrors its charge", () => {
		fc.assert(
			fc.property(fc.nat(), weights, (total, list) => {
				const mirrored = allocate(total, list).map((part) => (part === 0 ? 0 : -part));
				expect(allocate(-total, list)).toEqual(mirrored);
			})
		);
	});

	test("the largest remainder comes first, the first of equals before the others", () => {
		expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33]);
		expect(allocate(10, [1, 2, 4])).toEqual([1, 3, 6]);
		expect(allocate(1, [0, 1, 1])).toEqual([0, 1, 0]);
	});

	test.each([[[]], [[0, 0]], [[1, -1]], [[0.5]]])("weights %j are refused", (list) => {
		expect(() => allocate(10, list)).toThrow(RangeError);
	});
});

describe("for people", () => {
	test("exponents are those of ISO 4217, also where Intl has others", () => {
		expect(["USD", "KRW", "KWD", "HUF", "IQD", "CLF"].map(exponentOf)).toEqual([2, 0, 3, 2, 3, 4]);
	});

	test.each([
		["USD", 1_234, "12.34", "$12.34"],
		["USD", -5, "-0.05", "-$0.05"],
		["KRW", 1_234, "1234", "₩1,234"],
		["USD", max, "90071992547409.91", "$90,071,992,547,409.91"]
	])("%s %d", (currency, amount, decimal, text) => {
		expect(decimalOf(money(amount, currency))).toBe(decimal);
		expect(formatMoney(money(amount, currency), "en")).toBe(text);
	});
});
