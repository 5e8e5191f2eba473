import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Acks } from "./acks.ts";

describe("acks", () => {
	it("go up with what came before this connection, which comes in order", () => {
		const acks = new Acks(() => 0);
		acks.begin(5);
		expect([3, 4, 5, 6].map((sequence) => acks.take(sequence))).toEqual([3, 4, 5, 6]);
	});

	it("never jump over a message that is still to come", () => {
		const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 });
		fc.assert(
			fc.property(order, fc.nat({ max: 50 }), (sequences, before) => {
				const acks = new Acks(() => 0);
				acks.begin(before);
				const here = new Set<number>();
				for (const sequence of sequences) {
					here.add(before + sequence);
					const upTo = acks.take(before + sequence);
					for (let one = before + 1; one <= upTo; one += 1) expect(here).toContain(one);
					expect(here.has(upTo + 1)).toBe(false);
				}
			})
		);
	});

	it("stay where they are when an old message comes again", () => {
		const acks = new Acks(() => 0);
		acks.begin(2);
		acks.take(3);
		expect(acks.take(1)).toBe(3);
		expect(acks.take(3)).toBe(3);
	});

	it("go on after a message that never came", () => {
		let now = 0;
		const acks = new Acks(() => now);
		acks.begin(0);
		acks.take(1);
		expect(acks.take(3)).toBe(1);
		now = 120_000;
		expect(acks.take(4)).toBe(4);
	});

	it("begin anew with every connection", () => {
		const acks = new Acks(() => 0);
		acks.begin(0);
		acks.take(2);
		acks.begin(2);
		expect(acks.take(3)).toBe(3);
	});
});
