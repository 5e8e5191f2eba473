import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type Attempt,
	after,
	decide,
	isOver,
	type Move,
	type SaleTerms,
	type Status,
	statusAt,
	statuses
} from "./flash-sales.rules.ts";

const start = new Date("2026-11-21T10:00:00.000Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const window = (status: Status) => ({ status, startsAt: start, endsAt: later(60) });

describe("the states of a sale", () => {
	test("are these and no others", () => {
		const moves: Move[] = ["start", "end", "close", "cancel"];
		const table = statuses.map((status) => [status, ...moves.map((move) => after(status, move))]);
		expect(table).toEqual([
			["scheduled", "open", "closed", undefined, "cancelled"],
			["open", undefined, "closed", "closed", "cancelled"],
			["closed", undefined, undefined, undefined, undefined],
			["cancelled", undefined, undefined, undefined, undefined]
		]);
		expect(statuses.filter(isOver)).toEqual(["closed", "cancelled"]);
	});

	test("follow the clock of the server, to the millisecond", () => {
		const at = (status: Status, now: Date) => statusAt(window(status), now);
		expect(at("scheduled", new Date(start.getTime() - 1))).toBe("scheduled");
		expect(at("scheduled", start)).toBe("open");
		expect(at("open", new Date(start.getTime() - 1))).toBe("open");
		expect(at("open", new Date(later(60).getTime() - 1))).toBe("open");
		expect(at("open", later(60))).toBe("closed");
		expect(at("scheduled", later(60))).toBe("closed");
		expect(at("cancelled", later(10))).toBe("cancelled");
		expect(at("closed", later(10))).toBe("closed");
	});
});

const saleWith = (left: number, limitPerUser: number): SaleTerms => ({
	...window("open"),
	...{ left, limitPerUser }
});
const nothing = { hashes: new Map<string, string>(), taken: new Map<string, Set<number>>() };
const attempt = (userId: string, key: string, quantity = 1): Attempt => ({
	...{ intent: `${userId}:${key}`, userId, hash: `h${quantity}`, quantity }
});
const outcomes = (sale: SaleTerms, attempts: readonly Attempt[], known = nothing) =>
	decide(sale, attempts, { known, now: later(1) }).map((one) =>
		one.kind === "new" ? one.outcome : one.kind
	);

describe("who gets the units", () => {
	test("first come, first served, all or nothing of what they ask for", () => {
		const asked = [attempt("1", "a", 2), attempt("2", "a", 2), attempt("3", "a", 1)];
		expect(outcomes(saleWith(3, 2), asked)).toEqual(["bought", "sold-out", "bought"]);
	});

	test("nobody beyond the limit, what they have counted", () => {
		const known = { ...nothing, taken: new Map([["1", new Set([1, 3])]]) };
		const decisions = decide(saleWith(9, 3), [attempt("1", "a", 2), attempt("1", "b")], {
			...{ known, now: later(1) }
		});
		expect(decisions).toEqual([
			{ kind: "new", outcome: "limit-reached", nths: [] },
			{ kind: "new", outcome: "bought", nths: [2] }
		]);
	});

	test("a key counts once, and stands for one request", () => {
		const known = { ...nothing, hashes: new Map([["1:a", "h1"]]) };
		const asked = [attempt("1", "a"), attempt("1", "a", 2), attempt("2", "b"), attempt("2", "b")];
		expect(outcomes(saleWith(9, 9), asked, known)).toEqual([
			...["repeated", "conflict", "bought", "repeated"]
		]);
	});

	test("nothing before the start and after the end", () => {
		for (const now of [new Date(start.getTime() - 1), later(60)]) {
			const sale = { ...saleWith(5, 5), ...window("scheduled") };
			expect(decide(sale, [attempt("1", "a")], { known: nothing, now })).toMatchObject([
				{ outcome: "not-open" }
			]);
		}
	});

	test("any crowd: no unit twice, nobody beyond the limit, nobody refused without a reason", () => {
		const one = fc.record({
			user: fc.integer({ min: 1, max: 5 }),
			key: fc.integer({ min: 1, max: 4 }),
			quantity: fc.integer({ min: 1, max: 4 })
		});
		fc.assert(
			fc.property(
				fc.array(one, { maxLength: 60 }),
				fc.integer({ min: 0, max: 30 }),
				fc.integer({ min: 1, max: 4 }),
				(crowd, left, limit) => {
					const asked = crowd.map(({ user, key, quantity }) =>
						attempt(String(user), String(key), quantity)
					);
					const decisions = decide(saleWith(left, limit), asked, {
						...{ known: nothing, now: later(1) }
					});
					const owned = new Map<string, number[]>();
					let rest = left;
					for (const [index, decision] of decisions.entries()) {
						const { userId, quantity } = asked[index] as Attempt;
						if (decision.kind !== "new") continue;
						const own = owned.get(userId) ?? [];
						if (decision.outcome === "bought") {
							expect(decision.nths).toHaveLength(quantity);
							rest -= quantity;
							owned.set(userId, [...own, ...decision.nths]);
						} else if (decision.outcome === "sold-out") expect(quantity).toBeGreaterThan(rest);
						else expect(own.length + quantity).toBeGreaterThan(limit);
					}
					expect(rest).toBeGreaterThanOrEqual(0);
					for (const nths of owned.values()) {
						expect(new Set(nths).size).toBe(nths.length);
						expect(Math.max(...nths)).toBeLessThanOrEqual(limit);
						expect(Math.min(...nths)).toBeGreaterThanOrEqual(1);
					}
				}
			)
		);
	});
});
