import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	after,
	amountOf,
	bySeller,
	coinsFor,
	type Move,
	payableOf,
	payableText,
	type Status,
	statuses,
	stockReference,
	transitions
} from "./orders.rules.ts";

const moves: readonly Move[] = [
	...(["pay", "cancel", "timeUp", "ship", "confirm", "refund", "returned"] as const)
];

/** Where a walk through the table ends, leaving out the moves that are not there. */
const walked = (steps: readonly Move[]): Status[] => {
	const path: Status[] = ["unpaid"];
	for (const move of steps) {
		const next = after(path.at(-1) as Status, move);
		if (next) path.push(next);
	}
	return path;
};

describe("the table of states", () => {
	it("is this one", () => {
		const rows = statuses.flatMap((status) =>
			moves.flatMap((move) => {
				const next = after(status, move);
				return next ? [`${status} ${move} ${next}`] : [];
			})
		);
		expect(rows).toEqual([
			"unpaid pay paid",
			"unpaid cancel closed",
			"unpaid timeUp closed",
			"paid ship shipped",
			"paid refund refunding",
			"shipped timeUp received",
			"shipped confirm received",
			"refunding returned refunded"
		]);
	});

	it("passes each state once at most, and never from closed to paid or back", () => {
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 30 }), (steps) => {
				const path = walked(steps);
				expect(new Set(path).size).toBe(path.length);
				expect(path.includes("closed") && path.includes("paid")).toBe(false);
				expect(path.includes("received") && path.includes("refunding")).toBe(false);
			})
		);
	});

	it("has ends that nothing leads out of, and a way to one from everywhere", () => {
		const ends = statuses.filter((status) => Object.keys(transitions[status]).length === 0);
		expect(ends).toEqual(["received", "closed", "refunded"]);
		const reaches = (status: Status): boolean =>
			ends.includes(status) || Object.values(transitions[status]).some(reaches);
		expect(statuses.every(reaches)).toBe(true);
	});
});

describe("what it comes to", () => {
	it.each([
		[1, "USD", 100, 1],
		[1, "USD", 10, 1],
		[10, "USD", 10, 1],
		[11, "USD", 10, 2],
		[1_999, "USD", 100, 1_999],
		[1_000, "KRW", 1, 1_000],
		[1_001, "KWD", 100, 101]
	])("%i %s at %i coins per unit is %i coins", (amount, currency, coinsPerUnit, coins) => {
		expect(coinsFor({ amount, currency }, coinsPerUnit)).toBe(coins);
	});

	it("costs no less in coins than in money, and less than one coin more", () => {
		const amounts = fc.integer({ min: 1, max: 1e12 });
		fc.assert(
			fc.property(amounts, fc.integer({ min: 1, max: 10_000 }), (amount, coinsPerUnit) => {
				const exact = BigInt(amount) * BigInt(coinsPerUnit);
				const coins = BigInt(coinsFor({ amount, currency: "USD" }, coinsPerUnit)) * 100n;
				expect(coins >= exact && coins - exact < 100n).toBe(true);
			})
		);
	});

	it("splits by seller without losing, doubling or reordering a line", () => {
		const line = fc.record({ sellerId: fc.constantFrom("1", "2", "3"), price: fc.nat(1_000) });
		fc.assert(
			fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
				const parts = bySeller(lines);
				for (const part of parts) {
					const [first] = part;
					expect(part).toEqual(lines.filter(({ sellerId }) => sellerId === first?.sellerId));
				}
				expect(parts.flat()).toHaveLength(lines.length);
				const sum = (list: typeof lines) => list.reduce((all, { price }) => all + price, 0);
				expect(parts.map(sum).reduce((all, one) => all + one, 0)).toBe(sum(lines));
			})
		);
	});

	it("refuses amounts that no double holds", () => {
		expect(amountOf({ amount: 250, currency: "USD" }, 4)).toBe(1_000);
		expect(() => amountOf({ amount: 2 ** 52, currency: "USD" }, 3)).toThrow(RangeError);
	});
});

describe("names", () => {
	it("reads back what it wrote, and nothing else", () => {
		for (const kind of ["order", "checkout"] as const) {
			expect(payableOf(payableText({ kind, id: "1001" }))).toEqual({ kind, id: "1001" });
		}
		for (const text of ["", "order", "order:", "order:0", "gift:1", "order:1:2", "order:1e3"]) {
			expect(payableOf(text)).toBeUndefined();
		}
		expect(stockReference("1001", 2)).toBe("order:1001:2");
	});
});
