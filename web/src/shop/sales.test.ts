import { describe, expect, it } from "vitest";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import { phaseOf, type Sale, saleToldBy, saleToShow, withTold } from "./sales.ts";
import { countdownText, nowBy, serverTimeOf } from "./server-time.ts";

const start = Date.parse("2026-11-21T09:00:00.000Z");
const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

const sale = (change: Partial<Sale> = {}): Sale => ({
	...{ id: "1", roomId: "2", hostId: "3", skuId: "4", productId: "5", title: "Tea" },
	...{ pictureUrl: null, attributes: [], limitPerUser: 1, status: "scheduled" },
	price: { amount: 100, currency: "USD" },
	listPrice: { amount: 900, currency: "USD" },
	stock: { initial: 10, left: 10, sold: 0 },
	startsAt: iso(start),
	endsAt: iso(start + 60_000),
	...change
});
const soldOut = { initial: 10, left: 0, sold: 10 };

describe("flash sales", () => {
	it("go by the platform's time", () => {
		expect(phaseOf(sale(), start - 1)).toBe("soon");
		expect(phaseOf(sale(), start)).toBe("open");
		expect(phaseOf(sale({ stock: soldOut }), start)).toBe("sold-out");
		expect(phaseOf(sale({ status: "open" }), start + 60_000)).toBe("over");
		expect(phaseOf(sale({ status: "closed" }), start)).toBe("over");
	});

	it("are shown by what can be done with them", () => {
		const later = sale({ id: "2", startsAt: iso(start + 5_000) });
		const old = sale({ id: "3", startsAt: iso(start - 90_000), endsAt: iso(start - 30_000) });
		const none = sale({ id: "4", stock: soldOut });
		expect(saleToShow([old, later], start)?.id).toBe("2");
		expect(saleToShow([old, later, none], start)?.id).toBe("4");
		expect(saleToShow([old, later, none, sale()], start)?.id).toBe("1");
		expect(saleToShow([old], start)?.id).toBe("3");
		expect(saleToShow([old], start + 40_000)).toBeUndefined();
		expect(saleToShow([sale({ status: "cancelled" })], start)).toBeUndefined();
		expect(saleToShow([sale({ status: "closed" })], start)).toBeUndefined();
	});

	it("take what is told of them", () => {
		const body = {
			...{ saleId: "1", status: "open", initial: 10, left: 4, sold: 6, version: 3 },
			...{ startsAt: iso(start), endsAt: iso(start + 9_000) }
		};
		const line: Envelope = {
			...{ id: "m", class: "reliable", kind: "flash-sale", at: iso(start) },
			body
		};
		const told = saleToldBy(line);
		expect(told).toBeDefined();
		if (!told) return;
		expect(withTold([sale()], told)?.[0]).toMatchObject({
			...{ status: "open", endsAt: iso(start + 9_000) },
			stock: { initial: 10, left: 4, sold: 6 }
		});
		expect(withTold([sale({ id: "9" })], told)).toBeUndefined();
		expect(saleToldBy({ ...line, body: { ...body, left: "4" } })).toBeUndefined();
		expect(saleToldBy({ ...line, kind: "chat" })).toBeUndefined();
	});
});

describe("the platform's time", () => {
	it("goes on by a steady clock, from the middle of the way", () => {
		const time = serverTimeOf(iso(start), 1_000, 1_200);
		expect(nowBy(time, 1_200)).toBe(start + 100);
		expect(nowBy(time, 6_200)).toBe(start + 5_100);
	});

	it("is counted down to the last second", () => {
		expect(countdownText(65_000)).toBe("01:05");
		expect(countdownText(1)).toBe("00:01");
		expect(countdownText(-5)).toBe("00:00");
		expect(countdownText(3_723_000)).toBe("1:02:03");
	});
});
