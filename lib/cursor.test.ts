import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor, pageOf } from "./cursor.ts";

const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const badRequest = expect.objectContaining({ type: "BAD_REQUEST", code: 400 });

function refusal(cursor: string): unknown {
	try {
		return decodeCursor(cursor, ["number", "string"]);
	} catch (error) {
		return error;
	}
}

test("what is encoded comes back", () => {
	fc.assert(
		fc.property(number, fc.string({ unit: "grapheme", maxLength: 8 }), (score, id) => {
			const [back, sameId] = decodeCursor(encodeCursor([score, id]), ["number", "string"]);
			// JSON has no negative zero, and no sort order tells the two apart.
			expect([back, sameId]).toEqual([score === 0 ? 0 : score, id]);
		})
	);
});

test("the key is typed by its shape", () => {
	const [score, id]: [number, string] = decodeCursor(encodeCursor([1, "2"]), ["number", "string"]);
	expect([score, id]).toEqual([1, "2"]);
});

test.each([
	["nothing", ""],
	["no base64", "%%%"],
	["no JSON", Buffer.from("{").toString("base64url")],
	["another type", Buffer.from('{"0":1,"1":"a"}').toString("base64url")],
	["another shape", encodeCursor(["1", "a"])],
	["too few parts", encodeCursor([1])],
	["too many parts", encodeCursor([1, "a", "b"])],
	["null for a part", Buffer.from('[null,"a"]').toString("base64url")],
	["a number beyond all", Buffer.from('[1e999,"a"]').toString("base64url")],
	["stray characters", `${encodeCursor([1, "a"])}!`],
	["padding", `${encodeCursor([1, "ab"])}==`],
	["spaces in the JSON", Buffer.from('[ 1,"a"]').toString("base64url")],
	["too much", encodeCursor([1, "a"]).repeat(100)]
])("%s is refused as the client's mistake", (_, cursor) => {
	expect(refusal(cursor)).toEqual(badRequest);
});

test("any text is either a cursor of ours or refused", () => {
	fc.assert(
		fc.property(fc.string({ maxLength: 400 }), (text) => {
			const result = refusal(text);
			if (result instanceof Error) expect(result).toEqual(badRequest);
			else expect(encodeCursor(result as [number, string])).toBe(text);
		})
	);
});

test("a key that would make a cursor too long is found at once", () => {
	expect(() => encodeCursor(["x".repeat(200)])).toThrow(RangeError);
});

test("pages show every row once, in order, whatever the page size", () => {
	const unique = fc.uniqueArray(fc.nat(10_000), { maxLength: 60 });
	fc.assert(
		fc.property(unique, fc.integer({ min: 1, max: 20 }), (ids, limit) => {
			const table = [...ids].sort((a, b) => a - b);
			const seen: number[] = [];
			let after = -1;
			for (;;) {
				const rows = table.filter((id) => id > after).slice(0, limit + 1);
				const { items, nextCursor } = pageOf(rows, limit, (id) => [id]);
				expect(items.length).toBeLessThanOrEqual(limit);
				seen.push(...items);
				if (nextCursor === null) break;
				[after] = decodeCursor(nextCursor, ["number"]);
			}
			expect(seen).toEqual(table);
		})
	);
});
