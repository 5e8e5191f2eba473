import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Line, RoomLog } from "./im-gateway.log.ts";

const line = (offset: number): Line => ({ offset, reliable: false, json: `{"n":${offset}}` });
const range = (from: number, to: number): Line[] =>
	Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
const offsets = (lines: readonly Line[]): number[] => lines.map(({ offset }) => offset);
const bounds = { recentMax: 300, heldMax: 2_000 };
const logAt = (offset: number) => new RoomLog({ epoch: "a", offset }, bounds);

describe("RoomLog", () => {
	it("lets lines out in the order of their offsets, each once, however they come", () => {
		const shuffled = fc.shuffledSubarray(range(1, 30), { minLength: 30, maxLength: 30 });
		const repeats = fc.array(fc.constantFrom(...range(1, 30)), { maxLength: 20 });
		fc.assert(
			fc.property(shuffled, repeats, fc.integer({ min: 1, max: 7 }), (lines, again, size) => {
				const log = logAt(0);
				const out: Line[] = [];
				const all = [...lines, ...again];
				for (let at = 0; at < all.length; at += size) {
					out.push(...log.accept("a", all.slice(at, at + size)));
				}
				expect(offsets(out)).toEqual(offsets(range(1, 30)));
				expect(log.hasGap).toBe(false);
			})
		);
	});

	it("fills a gap from the log, whatever came live meanwhile", () => {
		fc.assert(
			fc.property(fc.subarray(range(6, 20)), fc.integer({ min: 5, max: 20 }), (live, end) => {
				const log = logAt(5);
				const out = [...log.accept("a", live)];
				const { offset } = log.position;
				const items = range(1, 20).filter((one) => one.offset > offset && one.offset <= end);
				const page = { epoch: "a", offset: Math.max(offset, end), items, recovered: true };
				out.push(...log.fill(page).lines);
				const { offset: now } = log.position;
				expect(now).toBeGreaterThanOrEqual(end);
				expect(offsets(out)).toEqual(offsets(range(6, now)));
			})
		);
	});

	it("holds lines of another epoch until the log's keeper says which one holds", () => {
		const log = logAt(40);
		expect(log.accept("b", [line(2), line(1)])).toEqual([]);
		expect(log.hasGap).toBe(true);
		const filled = log.fill({ epoch: "b", offset: 1, items: [line(1)], recovered: false });
		expect([offsets(filled.lines), filled.lost]).toEqual([[1, 2], true]);
		expect(log.position).toEqual({ epoch: "b", offset: 2 });
		expect(log.since({ epoch: "a", offset: 40 }, 50)).toHaveLength(2);
	});

	it("forgets late lines of an earlier epoch", () => {
		const log = logAt(3);
		log.accept("old", [line(99)]);
		const filled = log.fill({ epoch: "a", offset: 3, items: [], recovered: true });
		expect([filled.lines, filled.lost, log.hasGap]).toEqual([[], false, false]);
	});

	it("tells when lines are lost for good", () => {
		const log = logAt(5);
		log.accept("a", [line(400)]);
		const page = { epoch: "a", offset: 399, items: range(390, 399), recovered: false };
		const filled = log.fill(page);
		expect([offsets(filled.lines), filled.lost]).toEqual([offsets(range(390, 400)), true]);
		// What lies before the hole must not be handed out as if it were whole.
		expect(log.since({ epoch: "a", offset: 4 }, 50)).toBe("older");
	});

	it("knows what came after a place", () => {
		const log = logAt(0);
		log.accept("a", range(1, 700));
		expect(log.since({ epoch: "a", offset: 700 }, 50)).toEqual([]);
		expect(offsets(log.since({ epoch: "a", offset: 697 }, 50) as Line[])).toEqual([698, 699, 700]);
		expect(log.since({ epoch: "a", offset: 701 }, 50)).toBe("ahead");
		expect(log.since({ epoch: "a", offset: 2 }, 50)).toBe("older");
		expect(log.since(undefined, 50)).toHaveLength(50);
	});

	it("holds only so many lines back", () => {
		const log = new RoomLog({ epoch: "a", offset: 0 }, { recentMax: 10, heldMax: 3 });
		log.accept("a", range(2, 9));
		expect(offsets(log.accept("a", [line(1)]))).toEqual([]);
		expect(log.isBehind({ epoch: "a", offset: 9 })).toBe(true);
		const page = { epoch: "a", offset: 9, items: range(1, 9), recovered: true };
		expect(offsets(log.fill(page).lines)).toEqual(offsets(range(1, 9)));
	});
});
