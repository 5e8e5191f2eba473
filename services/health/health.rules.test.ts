import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../config/limits.ts";
import {
	type Check,
	type Checks,
	canaryCheck,
	checkNames,
	outboxCheck,
	presenceCheck,
	statusOf
} from "./health.rules.ts";

const check = fc.constantFrom<Check>("ok", "off", "red");
const checks = fc.record(
	Object.fromEntries(checkNames.map((name) => [name, check]))
) as fc.Arbitrary<Checks>;

test("red exactly when a check is red", () => {
	fc.assert(
		fc.property(checks, (all) => {
			expect(statusOf(all)).toBe(Object.values(all).includes("red") ? "red" : "ok");
		})
	);
});

describe.each([
	["canary", canaryCheck, limits.healthCanaryAgeMillisecondsMax],
	["outbox", outboxCheck, limits.healthOutboxLagMillisecondsMax]
] as const)("%s", (_name, judge, max) => {
	test("late when the age is over the limit, to the millisecond", () => {
		expect(judge({ ageMs: max, watchedForMs: max + 1 })).toBe("ok");
		expect(judge({ ageMs: max + 1, watchedForMs: max + 1 })).toBe("red");
	});

	test("after a night of standstill there is as much time as for a late one", () => {
		const night = 8 * 3600 * 1000;
		expect(judge({ ageMs: night, watchedForMs: 0 })).toBe("ok");
		expect(judge({ ageMs: night, watchedForMs: max })).toBe("ok");
		expect(judge({ ageMs: night, watchedForMs: max + 1 })).toBe("red");
	});

	test("what nobody can tell counts as late after the same time", () => {
		expect(judge({ ageMs: undefined, watchedForMs: max })).toBe("ok");
		expect(judge({ ageMs: undefined, watchedForMs: max + 1 })).toBe("red");
	});
});

test("a part is off only where no process should run it", () => {
	expect(presenceCheck({ planned: false, registered: false })).toBe("off");
	expect(presenceCheck({ planned: true, registered: false })).toBe("red");
	expect(presenceCheck({ planned: true, registered: true })).toBe("ok");
	expect(presenceCheck({ planned: false, registered: true })).toBe("ok");
});
