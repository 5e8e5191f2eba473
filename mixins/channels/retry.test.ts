import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { patient, retryMilliseconds } from "./retry.ts";

describe("retryMilliseconds", () => {
	it("triples, half of it random, up to a bound", () => {
		expect(retryMilliseconds(1, 0)).toBe(limits.channelRetryMillisecondsMin / 2);
		expect(retryMilliseconds(1, 0.999_999)).toBe(limits.channelRetryMillisecondsMin);
		expect(retryMilliseconds(3, 0.999_999)).toBe(limits.channelRetryMillisecondsMin * 9);
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 1_000 }),
				fc.double({ min: 0, max: 0.999, noNaN: true }),
				(n, r) => {
					const milliseconds = retryMilliseconds(n, r);
					expect(milliseconds).toBeLessThanOrEqual(limits.channelRetryMillisecondsMax);
					expect(milliseconds).toBeGreaterThanOrEqual(limits.channelRetryMillisecondsMin / 2);
				}
			)
		);
	});

	it("is patient for longer than a restart takes", () => {
		let shortest = 0;
		for (let attempt = 1; attempt < patient.attemptsMax; attempt += 1) {
			shortest += retryMilliseconds(attempt, 0);
		}
		expect(shortest).toBeGreaterThan(60_000);
	});
});
