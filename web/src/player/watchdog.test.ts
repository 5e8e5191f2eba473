import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	failuresPerSource,
	firstWatch,
	reloadDelay,
	stallMilliseconds,
	steadyMilliseconds,
	type Watch,
	type WatchEvent,
	watch
} from "./watchdog.ts";

const run = (events: readonly WatchEvent[], from: Watch = firstWatch): Watch =>
	events.reduce(watch, from);

describe("watchdog", () => {
	it("calls a picture dead that stands still for five seconds, not a moment earlier", () => {
		const playing = run([
			{ type: "load", now: 1_000 },
			{ type: "position", now: 1_500, seconds: 0.4 }
		]);
		expect(playing.phase).toBe("playing");
		const still = { type: "position", seconds: 0.4 } as const;
		const almost = watch(playing, { ...still, now: 1_500 + stallMilliseconds - 1 });
		expect(almost.phase).toBe("playing");
		expect(watch(almost, { ...still, now: 1_500 + stallMilliseconds }).phase).toBe("reloading");
	});

	it("does not wait longer for a first picture", () => {
		const loading = run([{ type: "load", now: 0 }]);
		const event = { type: "position", seconds: 0, now: stallMilliseconds } as const;
		expect(watch(loading, event)).toMatchObject({ phase: "reloading", failures: 1 });
	});

	it("takes the next source after three failures, and counts anew there", () => {
		let state = firstWatch;
		for (let failure = 1; failure <= failuresPerSource; failure += 1) {
			expect(state.source).toBe(0);
			state = run([{ type: "load", now: 0 }, { type: "failure" }], state);
		}
		expect(state).toMatchObject({ source: 1, failures: 0 });
	});

	it("counts one failure once, whoever tells it again", () => {
		const state = run([{ type: "load", now: 0 }, { type: "failure" }, { type: "failure" }]);
		expect(state.failures).toBe(1);
	});

	it("forgets failures after steady playing only", () => {
		const shaky = run([
			{ type: "load", now: 0 },
			{ type: "failure" },
			{ type: "load", now: 0 },
			{ type: "position", now: 100, seconds: 1 }
		]);
		expect(shaky.failures).toBe(1);
		const later = 100 + steadyMilliseconds;
		expect(watch(shaky, { type: "position", now: later, seconds: 9 }).failures).toBe(0);
	});

	it("never leaves a picture that moves", () => {
		const steps = fc.array(fc.integer({ min: 1, max: stallMilliseconds - 1 }), { maxLength: 50 });
		fc.assert(
			fc.property(steps, (pauses) => {
				let now = 0;
				const events = pauses.map((pause, index): WatchEvent => {
					now += pause;
					return { type: "position", now, seconds: index + 1 };
				});
				expect(run([{ type: "load", now: 0 }, ...events]).phase).not.toBe("reloading");
			})
		);
	});

	it("spreads reloads over half a second to three", () => {
		expect([0, 0.5, 1].map(reloadDelay)).toEqual([500, 1_750, 3_000]);
	});
});
