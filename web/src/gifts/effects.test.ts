import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	advanced,
	bannersMax,
	type Effects,
	isEmpty,
	largeMilliseconds,
	largeWaitingMax,
	noEffects,
	summaryOf,
	waitingMax
} from "./effects.ts";
import type { GivenGift } from "./gift.ts";

let ids = 0;

const given = (change: Partial<GivenGift> & { by?: string } = {}): GivenGift => {
	const { by = "1", ...rest } = change;
	ids += 1;
	return {
		id: String(ids),
		sender: { id: by, nickname: `User ${by}` },
		gift: { id: "1", name: "Heart", effect: "heart", icon: "💗" },
		count: 1,
		coins: 1,
		combo: 1,
		...rest
	};
};

const rocket = { id: "8", name: "Rocket", effect: "rocket", icon: "🚀" };
const at = (now: number, userId?: string) => ({ now, userId });

describe("effects of gifts", () => {
	it("count a combo up in one banner, which stays as long as it goes on", () => {
		let effects = advanced(noEffects, [given()], at(0));
		for (let combo = 2; combo <= 99; combo += 1) {
			effects = advanced(effects, [given({ combo })], at(combo * 1_000));
		}
		expect(effects.banners).toHaveLength(1);
		expect(effects.banners[0]).toMatchObject({ combo: 99, coins: 99 });
		expect(isEmpty(advanced(effects, [], at(110_000)))).toBe(true);
	});

	it("keep the count when a line comes late, and begin anew with a new combo", () => {
		let effects = advanced(noEffects, [given({ combo: 5 }), given({ combo: 4 })], at(0));
		expect(effects.banners[0]?.combo).toBe(5);
		effects = advanced(effects, [given({ combo: 2, count: 2 })], at(1));
		expect(effects.banners[0]?.combo).toBe(2);
	});

	it("show large ones one after the other, with their banner", () => {
		const large = given({ gift: rocket, coins: 5_000 });
		const many = given({ by: "2", count: 999, coins: 999 });
		let effects = advanced(noEffects, [large, many, given({ by: "3" })], at(0));
		expect(effects.banners).toHaveLength(3);
		expect(effects.large?.id).toBe(large.id);
		expect(effects.largeWaiting).toHaveLength(1);
		effects = advanced(effects, [], at(largeMilliseconds));
		expect(effects.large?.id).toBe(many.id);
	});

	it("keep one's own and the dearest of a storm", () => {
		const storm = Array.from({ length: 200 }, (_, index) =>
			given({ by: String(index + 10), coins: index + 2 })
		);
		const own = given({ by: "1", coins: 1 });
		const effects = advanced(noEffects, [own, ...storm], at(0, "1"));
		const senders = [...effects.banners, ...effects.waiting].map(({ sender }) => sender.id);
		expect(senders).toContain("1");
		expect(senders).toContain("209");
		expect(senders).not.toContain("10");
	});

	it("hurry while many wait", () => {
		const many = Array.from({ length: waitingMax }, (_, index) => given({ by: String(index) }));
		let effects = advanced(noEffects, many, at(0));
		let now = 0;
		for (; !isEmpty(effects); now += 100) effects = advanced(effects, [], at(now));
		expect(now).toBeLessThan(17_000);
	});

	it("are bounded, empty in the end, and never show a line twice", () => {
		const gifts = fc.array(
			fc.record({
				by: fc.integer({ min: 1, max: 40 }),
				gift: fc.constantFrom("1", "8"),
				combo: fc.integer({ min: 1, max: 99 }),
				pause: fc.integer({ min: 0, max: 2_000 })
			}),
			{ maxLength: 150 }
		);
		fc.assert(
			fc.property(gifts, (steps) => {
				let now = 0;
				let effects: Effects = noEffects;
				for (const { by, gift, combo, pause } of steps) {
					now += pause;
					const word = gift === "8" ? { gift: rocket } : {};
					effects = advanced(effects, [given({ by: String(by), combo, ...word })], at(now));
					const { banners, waiting, largeWaiting } = effects;
					expect(banners.length).toBeLessThanOrEqual(bannersMax);
					expect(waiting.length).toBeLessThanOrEqual(waitingMax);
					expect(largeWaiting.length).toBeLessThanOrEqual(largeWaitingMax);
					const lines = [...banners, ...waiting].map((one) => `${one.sender.id}/${one.gift.id}`);
					expect(new Set(lines).size).toBe(lines.length);
				}
				for (let step = 0; step < 60 && !isEmpty(effects); step += 1) {
					now += 4_000;
					effects = advanced(effects, [], at(now));
				}
				expect(isEmpty(effects)).toBe(true);
			})
		);
	});
});

describe("the summary of gifts", () => {
	it("names the dearest and counts the others", () => {
		const rose = { id: "2", name: "Rose", effect: "petals", icon: "🌹" };
		const summary = summaryOf([
			given({ combo: 1 }),
			given({ combo: 2 }),
			given({ by: "2", gift: rose, coins: 5 })
		]);
		expect(summary).toMatchObject({ dearest: { gift: rose }, others: 1 });
		expect(summaryOf([given({ combo: 1 }), given({ combo: 2 })])).toMatchObject({
			dearest: { combo: 2 },
			others: 0
		});
		expect(summaryOf([])).toBeUndefined();
	});
});
