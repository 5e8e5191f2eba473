import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { Dispenser } from "./ids.dispenser.ts";
import type { Segment } from "./ids.rules.ts";

const step = 20;
const open: Dispenser[] = [];

/** A table of segments in memory, whose claims are slow or fail as told. */
function dispenserOver(behaviour: { turns?: () => number; fails?: () => boolean } = {}) {
	const claims: { first: number; size: number }[] = [];
	const failures: unknown[] = [];
	let next = 1;
	let running = 0;
	let runningMost = 0;
	const dispenser = new Dispenser({
		async claim(steps): Promise<Segment> {
			runningMost = Math.max(runningMost, ++running);
			try {
				for (let turn = behaviour.turns?.() ?? 0; turn > 0; turn--) await nextTurn();
				if (behaviour.fails?.()) throw new Error("no database");
				const run = { first: next, size: steps * step };
				next += run.size;
				claims.push(run);
				return { ...run, used: 0 };
			} finally {
				running--;
			}
		},
		onClaimFailed: (error) => failures.push(error)
	});
	open.push(dispenser);
	return { dispenser, claims, failures, claimsAtOnce: () => runningMost };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const range = (first: number, count: number): string[] =>
	Array.from({ length: count }, (_, at) => String(first + at));

afterEach(() => {
	for (const dispenser of open.splice(0)) dispenser.close();
});

describe("Dispenser", () => {
	it("answers from memory without waiting once it has a segment", async () => {
		const { dispenser } = dispenserOver();
		expect(await dispenser.take(1, 1_000)).toEqual(["1"]);
		expect(dispenser.take(2, 1_000)).toEqual(["2", "3"]);
	});

	it("fetches the next segment at 75 % and still uses up the old one first", async () => {
		const { dispenser, claims } = dispenserOver();
		await dispenser.take(14, 1_000);
		expect(claims).toHaveLength(1);
		await dispenser.take(1, 1_000);
		await expect.poll(() => claims.length).toBe(2);
		expect(dispenser.take(10, 1_000)).toEqual(range(16, 10));
	});

	it("lets all callers wait for one claim, in the order they came", async () => {
		const { dispenser, claims, claimsAtOnce } = dispenserOver({ turns: () => 3 });
		const answers = await Promise.all(range(1, 10).map(() => dispenser.take(2, 1_000)));
		expect(answers.flat()).toEqual(range(1, 20));
		expect(claimsAtOnce()).toBe(1);
		expect(claims[0]).toEqual({ first: 1, size: step });
	});

	it("serves a call for more ids than a segment holds, in one block", async () => {
		const { dispenser } = dispenserOver({ turns: () => 1 });
		expect(await dispenser.take(step * 5, 1_000)).toEqual(range(1, step * 5));
	});

	it("answers UNAVAILABLE at the deadline and loses nothing by it", async () => {
		let failing = true;
		const { dispenser, failures } = dispenserOver({ fails: () => failing });
		await expect(dispenser.take(3, 60)).rejects.toMatchObject({ type: "UNAVAILABLE" });
		expect(failures.length).toBeGreaterThan(0);
		failing = false;
		expect(await dispenser.take(3, 5_000)).toEqual(["1", "2", "3"]);
	});

	it("answers BUSY when too many wait", async () => {
		const { dispenser } = dispenserOver({ fails: () => true });
		const waiting = Array.from({ length: limits.idsWaitingMax }, async () => dispenser.take(1, 50));
		const settled = Promise.allSettled(waiting);
		await expect(async () => dispenser.take(1, 50)).rejects.toMatchObject({ type: "BUSY" });
		for (const { status } of await settled) expect(status).toBe("rejected");
	});

	it("turns away those who wait when it closes", async () => {
		const { dispenser } = dispenserOver({ fails: () => true });
		const answer = Promise.resolve(dispenser.take(1, 60_000));
		dispenser.close();
		await expect(answer).rejects.toMatchObject({ type: "UNAVAILABLE" });
		await expect(async () => dispenser.take(1, 50)).rejects.toMatchObject({ type: "UNAVAILABLE" });
	});

	it("never repeats or skips an id, however claims crawl, fail and callers come", async () => {
		const schedule = fc.array(
			fc.record({
				count: fc.integer({ min: 1, max: 3 * step }),
				pause: fc.integer({ min: 0, max: 3 }),
				turns: fc.integer({ min: 0, max: 5 }),
				fails: fc.nat(9)
			}),
			{ minLength: 1, maxLength: 40 }
		);
		await fc.assert(
			fc.asyncProperty(schedule, async (steps) => {
				let at = 0;
				const now = () => steps[at++ % steps.length];
				let failuresLeft = 2;
				const { dispenser, claims, claimsAtOnce } = dispenserOver({
					turns: () => now()?.turns ?? 0,
					fails: () => now()?.fails === 0 && failuresLeft-- > 0
				});
				const answers: Promise<string[]>[] = [];
				for (const { count, pause } of steps) {
					answers.push(Promise.resolve(dispenser.take(count, 60_000)));
					for (let turn = 0; turn < pause; turn++) await nextTurn();
				}
				const taken = (await Promise.all(answers)).flat();
				dispenser.close();
				// Waiting callers are served in order, so all answers in a row are one sequence.
				expect(taken).toEqual(range(1, taken.length));
				expect(claimsAtOnce()).toBe(1);
				const owned = claims.reduce((sum, { size }) => sum + size, 0);
				expect(taken.length).toBeLessThanOrEqual(owned);
			}),
			{ numRuns: 60 }
		);
	});
});
