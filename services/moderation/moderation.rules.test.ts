import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { endOf, isHolding, type Kind, type Laid, standingOf } from "./moderation.rules.ts";

const start = Date.parse("2026-11-21T09:00:00.000Z");
const at = (seconds: number) => new Date(start + seconds * 1_000);

const kind = fc.constantFrom<Kind>("mute", "ban", "kick");
const end = fc.option(
	fc.integer({ min: -100, max: 100 }).map((seconds) => at(seconds).toISOString())
);
const laid: fc.Arbitrary<Laid> = fc.record({ kind, until: end });

describe("a restriction", () => {
	it("holds for so long as it was laid for, or until lifted", () => {
		expect(endOf("mute", undefined, at(0))).toBeNull();
		expect(endOf("ban", undefined, at(0))).toBeNull();
		expect(endOf("ban", 30, at(0))).toEqual(at(30));
		expect(endOf("kick", undefined, at(0))).toEqual(at(limits.kickSeconds));
		expect(endOf("kick", 5, at(0))).toEqual(at(5));
	});

	it("holds up to its end and not at it", () => {
		const one: Laid = { kind: "mute", until: at(10).toISOString() };
		expect(isHolding(one, new Date(at(10).getTime() - 1))).toBe(true);
		expect(isHolding(one, at(10))).toBe(false);
		expect(isHolding({ kind: "mute", until: null }, at(1e9))).toBe(true);
	});
});

describe("what holds now", () => {
	it("is nothing for whom nothing was laid on", () => {
		expect(standingOf([], at(0))).toEqual({ mayStay: true, maySpeak: true, until: null });
	});

	it("a mute outlives a kick", () => {
		const mute: Laid = { kind: "mute", until: at(3_600).toISOString() };
		const kick: Laid = { kind: "kick", until: at(60).toISOString() };
		expect(standingOf([mute, kick], at(0))).toEqual({
			...{ mayStay: false, maySpeak: false, until: kick.until }
		});
		expect(standingOf([mute, kick], at(60))).toEqual({
			...{ mayStay: true, maySpeak: false, until: mute.until }
		});
		expect(standingOf([mute, kick], at(3_600)).maySpeak).toBe(true);
	});

	it("is what any one of them says, whatever the others", () => {
		fc.assert(
			fc.property(fc.array(laid), fc.integer({ min: -110, max: 110 }), (all, seconds) => {
				const now = at(seconds);
				const holds = (one: Laid) => one.until === null || new Date(one.until) > now;
				const standing = standingOf(all, now);
				expect(standing.mayStay).toBe(!all.some((one) => one.kind !== "mute" && holds(one)));
				expect(standing.maySpeak).toBe(!all.some(holds));
			})
		);
	});

	it("does not depend on their order, nor on repeats and what is over", () => {
		fc.assert(
			fc.property(fc.array(laid), (all) => {
				const over: Laid = { kind: "ban", until: at(-200).toISOString() };
				const same = standingOf([...all, ...all.toReversed(), over], at(0));
				expect(same).toEqual(standingOf(all, at(0)));
			})
		);
	});

	it("only grows with more, and only shrinks with time", () => {
		fc.assert(
			fc.property(fc.array(laid), laid, fc.nat(200), (all, more, seconds) => {
				const now = standingOf(all, at(0));
				const grown = standingOf([...all, more], at(0));
				expect(Number(grown.mayStay)).toBeLessThanOrEqual(Number(now.mayStay));
				expect(Number(grown.maySpeak)).toBeLessThanOrEqual(Number(now.maySpeak));
				const later = standingOf(all, at(seconds));
				expect(Number(later.mayStay)).toBeGreaterThanOrEqual(Number(now.mayStay));
				expect(Number(later.maySpeak)).toBeGreaterThanOrEqual(Number(now.maySpeak));
			})
		);
	});

	it("is over at the very moment that it tells", () => {
		fc.assert(
			fc.property(fc.array(laid, { minLength: 1 }), (all) => {
				const { until, mayStay, maySpeak } = standingOf(all, at(0));
				if (until === null) return;
				const then = standingOf(all, new Date(until));
				const before = standingOf(all, new Date(Date.parse(until) - 1));
				if (!mayStay) expect([before.mayStay, then.mayStay]).toEqual([false, true]);
				else expect([maySpeak, before.maySpeak, then.maySpeak]).toEqual([false, false, true]);
			})
		);
	});
});
