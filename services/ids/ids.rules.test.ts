import { randomFillSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import {
	backoffMilliseconds,
	draw,
	generators,
	isLow,
	namesOf,
	remaining,
	type Segment,
	shuffledOffsets,
	stepsNext
} from "./ids.rules.ts";

const segment = (first: number, size: number, used = 0): Segment => ({ first, size, used });

describe("names", () => {
	it("are told apart by kind and start inside the range of ids", () => {
		expect(namesOf("sequential")).toContain("users");
		expect(namesOf("unordered")).toContain("orders");
		expect(namesOf("sequential")).not.toContain("orders");
		for (const { first, step } of Object.values(generators)) {
			expect(first).toBeGreaterThan(0);
			expect(step).toBeGreaterThan(0);
			expect(first + step * limits.idsStepsPerSegmentMax).toBeLessThan(limits.idMax);
		}
	});
});

describe("draw", () => {
	it("uses up the old segment before the new one, and its edge once", () => {
		const segments = [segment(1, 1_000, 998), segment(1_001, 1_000)];
		expect(draw(segments, 3)).toEqual(["999", "1000", "1001"]);
		expect(segments).toEqual([segment(1_001, 1_000, 1)]);
	});

	it("refuses to invent ids", () => {
		expect(() => draw([segment(1, 2)], 3)).toThrow(RangeError);
	});

	it("hands out every number of every segment exactly once, in order", () => {
		const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
		const takes = fc.infiniteStream(fc.integer({ min: 1, max: 60 }));
		fc.assert(
			fc.property(sizes, takes, (lengths, counts) => {
				let first = 1_001;
				const segments = lengths.map((size) => {
					first += size;
					return segment(first - size, size);
				});
				const drawn: string[] = [];
				for (let left = remaining(segments); left > 0; left = remaining(segments)) {
					drawn.push(...draw(segments, Math.min(left, counts.next().value as number)));
				}
				expect(drawn).toEqual(Array.from({ length: first - 1_001 }, (_, at) => String(1_001 + at)));
			})
		);
	});

	it("hands out all values of a shuffled segment exactly once, never first to last", () => {
		const size = 1_000;
		const order = shuffledOffsets(randomFillSync(new Uint32Array(size)));
		const values = draw([{ ...segment(5_000, size), order }], size).map(Number);
		expect(values).not.toEqual(values.toSorted((left, right) => left - right));
		expect(new Set(values).size).toBe(size);
		expect(Math.min(...values)).toBe(5_000);
		expect(Math.max(...values)).toBe(5_999);
	});
});

describe("shuffledOffsets", () => {
	it("is a permutation for any random words, the extreme ones too", () => {
		const word = fc.oneof(
			fc.constantFrom(0, 2 ** 32 - 1),
			fc.integer({ min: 0, max: 2 ** 32 - 1 })
		);
		fc.assert(
			fc.property(fc.array(word, { maxLength: 200 }), (words) => {
				const order = [...shuffledOffsets(Uint32Array.from(words))];
				expect(order.sort((left, right) => left - right)).toEqual([...words.keys()]);
			})
		);
	});

	it("puts each offset at each place about equally often", () => {
		const size = 4;
		const rounds = 8_000;
		const seen = Array.from({ length: size }, () => new Array<number>(size).fill(0));
		for (let round = 0; round < rounds; round++) {
			shuffledOffsets(randomFillSync(new Uint32Array(size))).forEach((offset, place) => {
				(seen[place] as number[])[offset] = (seen[place]?.[offset] ?? 0) + 1;
			});
		}
		// Expected 2,000 with a deviation of 39: eight of them away would be a broken shuffle.
		for (const count of seen.flat()) expect(Math.abs(count - rounds / size)).toBeLessThan(310);
	});
});

describe("fetching ahead", () => {
	it("begins at 75 % of the last segment held", () => {
		expect(isLow([])).toBe(true);
		expect(isLow([segment(1, 100, 74)])).toBe(false);
		expect(isLow([segment(1, 100, 75)])).toBe(true);
		expect(isLow([segment(1, 100, 99), segment(101, 100)])).toBe(false);
	});

	it("takes more steps when busy, fewer when quiet, within bounds", () => {
		expect(stepsNext(1, 10)).toBe(2);
		expect(stepsNext(limits.idsStepsPerSegmentMax, 10)).toBe(limits.idsStepsPerSegmentMax);
		expect(stepsNext(8, 5_000)).toBe(8);
		expect(stepsNext(8, 61_000)).toBe(4);
		expect(stepsNext(1, 61_000)).toBe(1);
	});

	it("backs off up to its limit and never to nothing", () => {
		fc.assert(
			fc.property(
				fc.nat(100),
				fc.double({ min: 0, max: 0.999, noNaN: true }),
				(attempt, random) => {
					const pause = backoffMilliseconds(attempt, random);
					expect(pause).toBeGreaterThan(10);
					expect(pause).toBeLessThanOrEqual(limits.idsRefillBackoffMillisecondsMax);
				}
			)
		);
	});
});
