import { describe, expect, it } from "vitest";
import { ApiError } from "../api/http.ts";
import { insist } from "../wallet/insist.ts";
import { type Gift, GiftSending, type Order } from "./sending.ts";

const rose: Gift = {
	id: "2",
	name: "Rose",
	names: { en: "Rose", zh: "玫瑰", ko: "장미" },
	price: 5,
	effect: "petals",
	icon: "🌹",
	countMax: 99
};

/** A platform that pays each key once; the test lets requests through and loses answers. */
function shop(balance = 100) {
	const paid = new Map<string, { id: string; balance: number; combo: number }>();
	const requests: Order[] = [];
	const balances: (number | undefined)[] = [];
	const gates: (() => void)[] = [];
	let combo = 0;
	let lost = 0;
	let isHeld = false;
	const sending = new GiftSending({
		async send(order) {
			requests.push(order);
			if (isHeld) await new Promise<void>((open) => gates.push(open));
			const cost = order.gift.price * order.count;
			if (!paid.has(order.key)) {
				if (balance < cost) throw new ApiError("INSUFFICIENT_BALANCE", 402);
				balance -= cost;
				combo += order.count;
				paid.set(order.key, { id: order.key, balance, combo });
			}
			if (lost > 0) {
				lost -= 1;
				throw new ApiError("OFFLINE", 0);
			}
			return paid.get(order.key) as { id: string; balance: number; combo: number };
		},
		onBalance: (next) => balances.push(next),
		insist: (send) => insist(send, async () => undefined)
	});
	const idle = () =>
		new Promise<void>((resolve) => {
			const look = () => sending.state().waiting.length === 0 && resolve();
			sending.changes.on(look);
			look();
		});
	return {
		...{ sending, requests, balances, paid, idle },
		balance: () => balance,
		lose: (answers: number) => {
			lost = answers;
		},
		hold: () => {
			isHeld = true;
		},
		letGo: () => {
			isHeld = false;
			for (const open of gates.splice(0)) open();
		}
	};
}

describe("sending gifts", () => {
	it("tells balance and combo of the answer", async () => {
		const { sending, balances, idle } = shop();
		sending.press(rose, 10);
		expect(balances).toEqual([]);
		await idle();
		expect(balances).toEqual([50]);
		expect(sending.state().combo).toMatchObject({ giftId: "2", count: 10 });
	});

	it("puts presses together while one is on its way, each paid once", async () => {
		const { sending, requests, idle, hold, letGo, balance } = shop();
		hold();
		for (let press = 0; press < 5; press += 1) sending.press(rose, 1);
		letGo();
		await idle();
		expect(requests.map(({ count }) => count)).toEqual([1, 4]);
		expect(balance()).toBe(75);
		expect(sending.state().combo?.count).toBe(5);
	});

	it("never puts more together than may be sent at once", async () => {
		const { sending, requests, idle, hold, letGo } = shop(10_000);
		hold();
		for (let press = 0; press < 4; press += 1) sending.press(rose, 66);
		letGo();
		await idle();
		expect(requests.map(({ count }) => count)).toEqual([66, 66, 66, 66]);
	});

	it("asks again under the same key when the answer is lost, then for the balance", async () => {
		const { sending, requests, balances, idle, lose, balance } = shop();
		lose(2);
		sending.press(rose, 1);
		await idle();
		expect(new Set(requests.map(({ key }) => key)).size).toBe(1);
		expect(requests).toHaveLength(3);
		expect(balance()).toBe(95);
		expect(balances).toEqual([undefined]);
	});

	it("says that nobody knows, takes no more, and finds out when asked", async () => {
		const { sending, paid, idle, lose, balance } = shop();
		lose(4);
		sending.press(rose, 1);
		await idle();
		const { unanswered, error } = sending.state();
		expect(unanswered).toMatchObject({ count: 1 });
		expect(error).toMatchObject({ code: "OFFLINE" });
		expect(sending.press(rose, 1)).toBe(false);
		sending.askAgain();
		await idle();
		expect(sending.state().unanswered).toBeUndefined();
		expect(paid.size).toBe(1);
		expect(balance()).toBe(95);
	});

	it("drops what waits behind a refusal", async () => {
		const { sending, requests, idle, hold, letGo } = shop(5);
		hold();
		sending.press(rose, 2);
		sending.press(rose, 1);
		letGo();
		await idle();
		expect(requests).toHaveLength(1);
		expect(sending.state()).toMatchObject({ error: { code: "INSUFFICIENT_BALANCE" } });
		expect(sending.state().unanswered).toBeUndefined();
		sending.press(rose, 1);
		await idle();
		expect(sending.state().error).toBeUndefined();
	});
});
