import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	added,
	boardsOf,
	byPlace,
	dayBoard,
	fanLevelOf,
	fanLevels,
	type GiftFact,
	isRanking,
	sumsOf,
	type Total
} from "./ranks.rules.ts";

const fact: fc.Arbitrary<GiftFact> = fc.record({
	recordId: fc.integer({ min: 1, max: 9_999 }).map(String),
	roomId: fc.constantFrom("1", "2"),
	sessionId: fc.constantFrom("11", "12"),
	hostId: fc.constantFrom("21", "22"),
	userId: fc.constantFrom("31", "32", "33"),
	coins: fc.integer({ min: 1, max: 1_000_000 }),
	at: fc.integer({ min: 1_790_000_000_000, max: 1_790_500_000_000 })
});

describe("sums", () => {
	it("hold every coin once in the session, the day and with the host", () => {
		fc.assert(
			fc.property(fc.array(fact), (facts) => {
				const sums = sumsOf(facts);
				const all = facts.reduce((sum, { coins }) => sum + coins, 0);
				for (const prefix of ["session/", "day/", "fans/"]) {
					const boards = [...sums].filter(([board]) => board.startsWith(prefix));
					const totals = boards.flatMap(([, users]) => [...users.values()]);
					expect(totals.reduce((sum, { coins }) => sum + coins, 0)).toBe(all);
				}
			})
		);
	});

	it("do not depend on the order in which facts arrive", () => {
		fc.assert(
			fc.property(fc.array(fact), (facts) => {
				const plain = (sums: ReturnType<typeof sumsOf>) =>
					[...sums]
						.map(([board, users]) => [board, [...users.values()].sort(byPlace)] as const)
						.sort(([left], [right]) => (left < right ? -1 : 1));
				expect(plain(sumsOf(facts.toReversed()))).toEqual(plain(sumsOf(facts)));
			})
		);
	});

	it("are reached with the last gift that they hold", () => {
		const sum: Total = { userId: "1", coins: 5, reachedAt: 100 };
		expect(added(sum, { userId: "1", coins: 3, reachedAt: 90 })).toEqual({ ...sum, coins: 8 });
		expect(added(undefined, sum)).toEqual(sum);
	});
});

it("of equal sums the one that was reached first stands first", () => {
	const totals: Total[] = [
		{ userId: "1", coins: 5, reachedAt: 300 },
		{ userId: "2", coins: 5, reachedAt: 200 },
		{ userId: "3", coins: 9, reachedAt: 400 },
		{ userId: "12", coins: 5, reachedAt: 200 }
	];
	expect(totals.sort(byPlace).map(({ userId }) => userId)).toEqual(["3", "2", "12", "1"]);
});

it("days change at midnight of UTC", () => {
	expect(dayBoard("7", Date.parse("2026-11-21T23:59:59.999Z"))).toBe("day/7/2026-11-21");
	expect(dayBoard("7", Date.parse("2026-11-22T00:00:00.000Z"))).toBe("day/7/2026-11-22");
});

it("levels of fans rise with what they gave, and say what the next one takes", () => {
	expect(fanLevelOf(0)).toEqual({ level: 0, next: 1 });
	for (const [index, least] of fanLevels.entries()) {
		expect(fanLevelOf(least - 1).level).toBe(index);
		expect(fanLevelOf(least)).toEqual({ level: index + 1, next: fanLevels[index + 1] ?? null });
	}
});

it("rankings are of sessions and days; sums with a host are asked for one by one", () => {
	const [one] = fc.sample(fact, 1);
	expect(boardsOf(one as GiftFact).filter(isRanking)).toHaveLength(2);
});
