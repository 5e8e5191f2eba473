/**
 * Pay against timeout against cancel, by coins and by a provider, in every order and at once: one
 * outcome, and stock and money hold to the last unit whatever it is.
 */
import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import {
	balanceOf,
	fillPurse,
	type OrderStage,
	startOrders
} from "../../test/harness/order-stage.ts";
import { press } from "../../test/harness/sandbox.ts";
import { as } from "../../test/harness/shop-stage.ts";
import { until } from "../../test/harness/until.ts";
import { pollOnce } from "../payments/payments.poller.ts";
import { refundOnce } from "../payments/payments.refunds.ts";
import { verifyStock } from "../stock/stock.verify.ts";
import { verifyLedger } from "../wallets/wallets.verify.ts";
import { sweepOnce } from "./orders.sweep.ts";

const steps = ["coins", "told", "timeout", "cancel", "refund"] as const;
type Step = (typeof steps)[number];

/** Groups of steps: those of a group happen at once, groups one after another. */
const plan: fc.Arbitrary<Step[][]> = fc.array(
	fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 5 }),
	{ minLength: 1, maxLength: 3 }
);

const purse = 5_000;
const price = 1_000;
const units = 7;
let people = 1_000;

describe.each(sqlBackends)("orders under contention on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let stage: OrderStage;

	beforeAll(async () => {
		stage = await startOrders(backend);
	});
	afterAll(() => stage.stop());

	async function sku(stock: number): Promise<string> {
		return (await stage.product("1", [stock])).skus[0]?.id ?? "";
	}
	async function buyerWith(coins: number) {
		people += 1;
		const id = String(people);
		await fillPurse(stage.db, id, coins);
		return { id, addressId: await stage.address(id) };
	}
	const place = (
		buyer: { id: string; addressId: string },
		items: { skuId: string; quantity: number }[]
	) => {
		const params = { items, addressId: buyer.addressId };
		return stage.call("orders.place", params, as(buyer.id, randomUUID()));
	};
	const verify = async () => {
		expect((await verifyStock(stage.db)).faults).toEqual([]);
		expect((await verifyLedger(stage.db)).faults).toEqual([]);
	};

	/** An order of two units whose page at the provider is paid, and not told of yet. */
	async function begin() {
		const [skuId, buyer] = [await sku(units), await buyerWith(purse)];
		const { items } = await place(buyer, [{ skuId, quantity: 2 }]);
		const order = items[0];
		if (!order) throw new Error("No order.");
		const params = { id: order.id, provider: "sandbox" };
		const { checkoutUrl } = await stage.call("orders.pay", params, as(buyer.id, randomUUID()));
		await press("pay", checkoutUrl ?? "");
		const [row] = await stage.db.query<{ id: number }>(
			"SELECT id FROM payments_intents WHERE reference = ?",
			[`order:${order.id}`]
		);
		return { skuId, buyer, order, intentId: String(row?.id) };
	}
	type Begun = Awaited<ReturnType<typeof begin>>;

	function take(step: Step, { buyer, order, intentId }: Begun): Promise<unknown> {
		const who = as(buyer.id, randomUUID());
		switch (step) {
			case "coins":
				return stage.call("orders.pay", { id: order.id, provider: "coins" }, who);
			case "told":
				return stage.tell(intentId);
			case "timeout":
				return sweepOnce(stage.setup, new Date(order.expiresAt));
			case "cancel":
				return stage.call("orders.cancel", { id: order.id }, who);
			case "refund":
				return refundOnce(stage.setup, new Date());
		}
	}

	/** What was refused is one of the table's refusals, and nothing else. */
	function checkEnds(ends: readonly PromiseSettledResult<unknown>[]): void {
		for (const end of ends) {
			if (end.status === "rejected") expect(end.reason).toMatchObject({ type: "ORDER_STATE" });
		}
	}

	/** What must have been told of the order. */
	async function check(begun: Begun, cashBefore: number): Promise<string[]> {
		const { skuId, buyer, order, intentId } = begun;
		const shown = await stage.call("orders.get", { id: order.id }, as(buyer.id));
		const isSold = shown.status === "paid";
		expect(isSold || ["closed", "refunded"].includes(shown.status)).toBe(true);
		const sold = isSold ? 2 : 0;
		expect(await stage.pile(skuId)).toEqual({ onHand: units - sold, reserved: 0, sold });
		const byCoins = isSold && shown.paidBy === "coins";
		const coins = await balanceOf(stage.db, buyer.id, "coins");
		expect(coins).toBe(purse - (byCoins ? 2 * price : 0));
		const cash = await balanceOf(stage.db, "0", "provider", "USD");
		expect(cash - cashBefore).toBe(isSold && !byCoins ? 2 * price : 0);
		const kind = (await stage.provider.fetchStatus(intentId))?.kind;
		expect(kind).toBe(isSold && !byCoins ? "paid" : "refunded");
		const facts = { paid: ["paid"], closed: ["closed"], refunded: ["paid", "refunded"] };
		return ["placed", ...(facts[shown.status as keyof typeof facts] ?? [])];
	}

	/** The platform asks about what it was not told, and sends back what is to go back. */
	async function settle(): Promise<void> {
		for (const minutes of [2, 4]) {
			const later = new Date(Date.now() + minutes * 60_000);
			await pollOnce(stage.setup, later);
			await refundOnce(stage.setup, later);
		}
	}

	const heard = (orderId: string) =>
		stage.heard
			.filter(({ payload }) => payload.orderId === orderId)
			.map(({ name }) => name.slice("orders.".length));

	it("has one outcome, and every sum holds", { timeout: 120_000 }, async () => {
		const expected = new Map<string, string[]>();
		await fc.assert(
			fc.asyncProperty(plan, async (groups) => {
				const cashBefore = await balanceOf(stage.db, "0", "provider", "USD");
				const begun = await begin();
				for (const group of groups) {
					checkEnds(await Promise.allSettled(group.map((step) => take(step, begun))));
				}
				await settle();
				expected.set(begun.order.id, await check(begun, cashBefore));
			}),
			{ numRuns: backend.name === "sqlite" ? 40 : 25 }
		);
		for (const [orderId, facts] of expected) {
			await until(() => heard(orderId).length >= facts.length);
			expect(heard(orderId).sort()).toEqual([...facts].sort());
		}
		await verify();
	});

	it("sells the last unit once to 64 who want it at once", { timeout: 60_000 }, async () => {
		const skuId = await sku(1);
		const buyers = await Promise.all(Array.from({ length: 64 }, () => buyerWith(price)));
		const ends = await Promise.allSettled(
			buyers.map((buyer) => place(buyer, [{ skuId, quantity: 1 }]))
		);
		const won = ends.filter((end) => end.status === "fulfilled");
		expect(won).toHaveLength(1);
		for (const end of ends) {
			if (end.status === "rejected") expect(end.reason.type).toMatch(/^(STOCK_TOO_LOW|BUSY)$/);
		}
		expect(await stage.pile(skuId)).toEqual({ onHand: 0, reserved: 1, sold: 0 });
		const lines = await stage.db.query("SELECT * FROM orders_lines WHERE sku_id = ?", [skuId]);
		expect(lines).toHaveLength(1);
		await verify();
	});

	it("counts both lines of a SKU, at any number of buyers", { timeout: 60_000 }, async () => {
		const skuId = await sku(7);
		const buyers = await Promise.all(Array.from({ length: 6 }, () => buyerWith(price)));
		const twice = [
			{ skuId, quantity: 1 },
			{ skuId, quantity: 2 }
		];
		const ends = await Promise.allSettled(buyers.map((buyer) => place(buyer, twice)));
		expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(2);
		expect(await stage.pile(skuId)).toEqual({ onHand: 1, reserved: 6, sold: 0 });
		await verify();
	});

	it("pays once with the last coins, for two orders at once", { timeout: 60_000 }, async () => {
		const [skuId, buyer] = [await sku(9), await buyerWith(price)];
		const made = await Promise.all([1, 2, 3].map(() => place(buyer, [{ skuId, quantity: 1 }])));
		const ids = made.flatMap(({ items }) => items.map(({ id }) => id));
		const ends = await Promise.allSettled(
			[...ids, ...ids].map((id) =>
				stage.call("orders.pay", { id, provider: "coins" }, as(buyer.id, randomUUID()))
			)
		);
		expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
		expect(await balanceOf(stage.db, buyer.id, "coins")).toBe(0);
		expect(await stage.pile(skuId)).toEqual({ onHand: 6, reserved: 2, sold: 1 });
		await verify();
	});
});
