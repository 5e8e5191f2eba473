import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { Combos, comboSince, sharesOf, takesGifts } from "./gifts.rules.ts";

describe("shares of a gift", () => {
	const coins = fc.integer({ min: 1, max: limits.coinsMax });
	const percent = fc.integer({ min: 0, max: 100 });

	it("sum to the whole, and the host gets the percentage rounded down", () => {
		fc.assert(
			fc.property(coins, percent, (all, part) => {
				const { host, platform } = sharesOf(all, part);
				expect(host + platform).toBe(all);
				expect(BigInt(host)).toBe((BigInt(all) * BigInt(part)) / 100n);
			})
		);
	});

	it("leave what cannot be halved to the platform", () => {
		expect(sharesOf(1, 50)).toEqual({ host: 0, platform: 1 });
		expect(sharesOf(101, 50)).toEqual({ host: 50, platform: 51 });
		expect(sharesOf(10, 100)).toEqual({ host: 10, platform: 0 });
		expect(sharesOf(10, 0)).toEqual({ host: 0, platform: 10 });
	});
});

describe("combos", () => {
	const line = { userId: "1", roomId: "2", giftId: "3" };

	it("go on from what is committed, gift by gift, and each line for itself", () => {
		const combos = new Combos([{ ...line, combo: 7 }]);
		expect(combos.next(line, 1)).toBe(8);
		expect(combos.next(line, 10)).toBe(18);
		expect(combos.next({ ...line, giftId: "4" }, 2)).toBe(2);
		expect(combos.next({ ...line, roomId: "9" }, 3)).toBe(3);
		expect(combos.next({ ...line, userId: "9" }, 4)).toBe(4);
	});

	it("look back five seconds", () => {
		const now = new Date("2026-11-21T12:00:00.000Z");
		expect(comboSince(now).toISOString()).toBe("2026-11-21T11:59:55.000Z");
	});
});

it("gifts are taken while the session is open", () => {
	expect(["scheduled", "live", "paused", "ended"].map(takesGifts)).toEqual([
		false,
		true,
		true,
		false
	]);
});
