import fc from "fast-check";
import { expect, it } from "vitest";
import { Buckets, TokenBucket } from "./im-gateway.buckets.ts";

it("lets a burst through, then says how long to wait, and means it", () => {
	const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
	expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 0]);
	expect(bucket.take(0)).toBe(500);
	expect(bucket.take(400)).toBe(100);
	expect(bucket.take(500)).toBe(0);
});

it("never lets more through than the burst and what refilled", () => {
	const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 100 });
	fc.assert(
		fc.property(steps, (waits) => {
			const bucket = new TokenBucket({ perSecond: 5, burst: 4 }, 0);
			let now = 0;
			let passed = 0;
			for (const wait of waits) {
				now += wait;
				if (bucket.take(now) === 0) passed += 1;
			}
			expect(passed).toBeLessThanOrEqual(4 + (now * 5) / 1_000);
		})
	);
});

it("keeps keys apart, and forgets those that are full again", () => {
	const buckets = new Buckets({ perSecond: 1, burst: 1 });
	expect([buckets.take("a", 0), buckets.take("b", 0), buckets.take("a", 0)]).toEqual([0, 0, 1_000]);
	buckets.sweep(500);
	expect(buckets.size).toBe(2);
	buckets.sweep(1_000);
	expect(buckets.size).toBe(0);
});
