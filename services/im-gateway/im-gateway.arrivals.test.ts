import { describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { Arrivals } from "./im-gateway.arrivals.ts";

const second = 1_000;

describe("arrivals", () => {
	it("tell of somebody once in a while, however often they come and go", () => {
		const arrivals = new Arrivals();
		expect(arrivals.isNews("1", "7", 0)).toBe(true);
		expect(arrivals.isNews("1", "7", second)).toBe(false);
		expect(arrivals.isNews("2", "7", second)).toBe(true);
		expect(arrivals.isNews("1", "7", (limits.arrivalSecondsMin + 1) * second)).toBe(true);
	});

	it("tell of few in a crowd, and of the crowd of another room all the same", () => {
		const arrivals = new Arrivals();
		const told = Array.from({ length: 500 }, (_, user) => arrivals.isNews("1", `${user}`, 0));
		expect(told.filter(Boolean)).toHaveLength(limits.arrivalsPerRoomBurst);
		expect(arrivals.isNews("2", "1", 0)).toBe(true);
		expect(arrivals.isNews("1", "later", 2 * second)).toBe(true);
	});
});
