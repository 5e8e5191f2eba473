import { randomFillSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { errorText, nextMessageId, outageMilliseconds } from "./outbox.rules.ts";

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const start = { milliseconds: 0, counter: 0 };

describe("nextMessageId", () => {
	it("is a UUID of version 7 that tells its millisecond", () => {
		const now = Date.UTC(2026, 10, 21, 9, 0, 0, 123);
		const { id } = nextMessageId(start, now, randomFillSync(new Uint8Array(10)));
		expect(id).toMatch(version7);
		expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(now);
	});

	it("rises in the order of making, whatever the clock does", () => {
		const clock = fc.array(fc.integer({ min: 1, max: 2 ** 45 }), { minLength: 2, maxLength: 50 });
		fc.assert(
			fc.property(clock, fc.uint8Array({ minLength: 10, maxLength: 10 }), (times, random) => {
				let state = start;
				let last = "";
				for (const now of times) {
					const next = nextMessageId(state, now, random);
					state = next.state;
					expect(next.id).toMatch(version7);
					expect(next.id > last).toBe(true);
					last = next.id;
				}
			})
		);
	});

	it("does not repeat within a busy millisecond, longer than the counter counts", () => {
		let state = start;
		const ids = new Set<string>();
		let last = "";
		for (let index = 0; index < 10_000; index += 1) {
			const next = nextMessageId(state, 1_000, new Uint8Array(10).fill(255));
			state = next.state;
			ids.add(next.id);
			expect(next.id > last).toBe(true);
			last = next.id;
		}
		expect(ids.size).toBe(10_000);
	});
});

describe("outageMilliseconds", () => {
	it("doubles up to a bound that lets a channel come back soon", () => {
		expect(outageMilliseconds(1, 0)).toBe(limits.outboxOutageMillisecondsMin / 2);
		expect(outageMilliseconds(2, 0)).toBe(limits.outboxOutageMillisecondsMin);
		expect(outageMilliseconds(60, 0.999_999)).toBe(limits.outboxOutageMillisecondsMax);
	});
});

it("errorText is bounded and takes anything", () => {
	expect(errorText(new TypeError("no"))).toBe("TypeError: no");
	expect(errorText(undefined)).toBe("undefined");
	expect(errorText("x".repeat(10_000))).toHaveLength(limits.outboxErrorCharactersMax);
});
