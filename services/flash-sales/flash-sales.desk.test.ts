import { expect, test } from "vitest";
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { until } from "../../test/harness/until.ts";
import { type BuyIntent, buyingIn } from "./flash-sales.buying.ts";
import { Desk } from "./flash-sales.desk.ts";
import type { Sale } from "./flash-sales.model.ts";
import { memoryGateStore } from "./flash-sales.store.memory.ts";

const waitingMax = limits.flashSalePurchasesWaitingMax;
const startsAt = new Date(Date.now() - 1_000);
const endsAt = new Date(Date.now() + 60_000);
const terms = { saleId: "7", epoch: 1, left: 10_000, startsAt, endsAt };
const sale = { id: "7", status: "open", left: 1, limitPerUser: 1, startsAt, endsAt } as Sale;
const standing = { sale, buyers: undefined };

const intentOf = (number: number): BuyIntent => ({
	...{ intent: `${number}:a`, userId: String(number), hash: "h", quantity: 1, address: null }
});

test("who finds the queue full is asked to come back, and leaves no units set aside", async () => {
	const gate = memoryGateStore();
	await gate.open(terms, new Map());
	// The database answers when it is let go.
	const held = Promise.withResolvers<void>();
	const decided = { outcome: "bought", orderId: "1", quantity: 1, expiresAt: null } as const;
	const db = {
		// Nobody has an address.
		query: async () => [],
		async transaction() {
			await held.promise;
			return batch.map(() => ({ kind: "answered", isNew: true, answer: decided }));
		}
	} as unknown as Sql;
	let batch: readonly number[] = [];
	const takeIds = async (count: number) => {
		batch = Array.from({ length: count }, (_, index) => index);
		return { orders: [], checkouts: [] };
	};
	const openLane = () => buyingIn("7", { db, coinsPerUnit: 100, takeIds });
	const desk = new Desk({ db, gate, openLane });
	const first = desk.buy(standing, intentOf(1));
	const count = waitingMax + limits.flashSalePurchasesPerCommitMax + 60;
	const all = Array.from({ length: count }, (_, index) => desk.buy(standing, intentOf(index + 2)));
	const busy: unknown[] = [];
	for (const one of all) one.catch((error: unknown) => busy.push(error));
	await until(() => busy.length > 0);
	for (const error of busy) {
		expect(error).toMatchObject({ type: "BUSY", data: { retryAfterMs: expect.any(Number) } });
	}
	held.resolve();
	expect(await first).toEqual(decided);
	const settled = await Promise.allSettled(all);
	expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(busy.length);
	// What the database would say: so many are sold. All others can be bought, and no more.
	const quantity = terms.left - (1 + count - busy.length);
	const enter = async (key: number, units: number) => {
		const rest = { ...intentOf(90_000 + key), saleId: "7", fingerprint: "h", limit: 10_000 };
		return (await gate.enter({ ...rest, quantity: units })).outcome;
	};
	let key = 0;
	await until(async () => (await enter(++key, quantity)) === "passed");
	expect(await enter(++key, 1)).toBe("sold-out");
	await desk.stop();
});

test("a gate that cannot be asked is no answer", async () => {
	const away = { enter: () => Promise.reject(new Error("away")) } as never;
	const desk = new Desk({ db: {} as Sql, gate: away, openLane: () => ({}) as never });
	await expect(desk.buy(standing, intentOf(1))).rejects.toMatchObject({ type: "BUSY" });
});
