/**
 * Refunds of what was paid for orders: together never more than was captured, each at the provider
 * once, and a provider that is away is asked again.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import { balanceOf, type OrderStage, startOrders } from "../../test/harness/order-stage.ts";
import { press } from "../../test/harness/sandbox.ts";
import { shopperOn } from "../../test/harness/shopper.ts";
import { refundDone, refundOnce } from "./payments.refunds.ts";
import { requestRefund } from "./payments.tx.ts";
import type { PaymentProvider } from "./providers/provider.ts";

const hash = (digit: string) => digit.repeat(64);

describe.each(sqlBackends)("refunds on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let stage: OrderStage;
	let call: OrderStage["call"];

	beforeAll(async () => {
		stage = await startOrders(backend);
		call = stage.call;
	});
	afterAll(() => stage.stop());
	const shopper = shopperOn(() => stage);
	const { me, sku, placed, get } = shopper;
	beforeEach(() => shopper.renew());

	const charge = (orderId: string, more: object = {}) =>
		call("payments.charge", {
			...{ userId: me.id, provider: "sandbox", reference: `order:${orderId}` },
			...{ price: { amount: 1_000, currency: "USD" }, key: randomUUID(), hash: hash("a") },
			...{ expiresAt: new Date(Date.now() + 60_000).toISOString(), ...more }
		});
	/** An order of 10.00 that was paid at the provider. */
	async function paid() {
		const order = await placed(await sku("1"));
		const { id, checkoutUrl } = await charge(order.id);
		await press("pay", checkoutUrl ?? "");
		await stage.tell(id);
		expect((await get(order.id)).status).toBe("paid");
		return { order, intentId: id };
	}
	const ask = (intentId: string, amount: number, key: string = randomUUID()) =>
		stage.db.transaction((tx) =>
			requestRefund(tx, {
				...{ key, intentId, orderId: null, amount, currency: "USD", now: new Date() }
			})
		);
	const fulfilled = (ends: readonly PromiseSettledResult<unknown>[]) =>
		ends.filter(({ status }) => status === "fulfilled").length;

	it("offers one page while it can be paid, and keeps its keys", async () => {
		const order = await placed(await sku("1"));
		const key = randomUUID();
		const first = await charge(order.id, { key });
		expect(first).toMatchObject({ status: "pending", checkoutUrl: expect.stringMatching(/^http/) });
		expect(await charge(order.id, { key })).toEqual(first);
		expect(await charge(order.id)).toEqual(first);
		const others = charge(order.id, { key, hash: hash("b") });
		await expect(others).rejects.toMatchObject({ type: "IDEMPOTENCY_CONFLICT" });
		const stranger = charge(order.id, { provider: "gold" });
		await expect(stranger).rejects.toMatchObject({ type: "PROVIDER_UNKNOWN" });
		const dearer = await charge(order.id, { price: { amount: 1_001, currency: "USD" } });
		expect(dearer.id).not.toBe(first.id);
	});

	it("gives back no more than was captured, whoever asks at once", async () => {
		const { intentId } = await paid();
		const twice = await Promise.allSettled([ask(intentId, 600), ask(intentId, 600)]);
		expect(fulfilled(twice)).toBe(1);
		const rest = Array.from({ length: 16 }, () => ask(intentId, 100));
		expect(fulfilled(await Promise.allSettled(rest))).toBe(4);
		await expect(ask(intentId, 1)).rejects.toThrow("more than is left");
		await expect(ask("999999", 1)).rejects.toThrow("more than is left");
		for (const amount of [0, -1, 0.5]) {
			await expect(ask(intentId, amount)).rejects.toThrow("Nothing to refund");
		}
		const [row] = await stage.db.query<{ captured: number; refunded: number }>(
			"SELECT captured, refunded FROM payments_captures WHERE intent_id = ?",
			[intentId]
		);
		expect([Number(row?.captured), Number(row?.refunded)]).toEqual([1_000, 1_000]);
		await refundOnce(stage.setup, new Date());
		const sum = await stage.db.query<{ amount: number; status: string }>(
			"SELECT amount, status FROM payments_refunds WHERE intent_id = ?",
			[intentId]
		);
		expect(sum.every(({ status }) => status === "done")).toBe(true);
		expect(sum.reduce((all, { amount }) => all + Number(amount), 0)).toBe(1_000);
		expect((await stage.provider.fetchStatus(intentId))?.kind).toBe("refunded");
	});

	it("takes a key once", async () => {
		const { intentId } = await paid();
		const key = randomUUID();
		const ends = await Promise.allSettled([1, 2, 3].map(() => ask(intentId, 100, key)));
		expect(fulfilled(ends)).toBe(1);
		const [row] = await stage.db.query<{ refunded: number }>(
			"SELECT refunded FROM payments_captures WHERE intent_id = ?",
			[intentId]
		);
		expect(Number(row?.refunded)).toBe(100);
	});

	it("asks again when the provider was away, and books it once", async () => {
		const { order, intentId } = await paid();
		await refundOnce(stage.setup, new Date());
		const cash = await balanceOf(stage.db, "0", "provider", "USD");
		await call("orders.cancel", { id: order.id }, shopper.keyed());
		let asked = 0;
		const away = {
			...stage.provider,
			async refund() {
				asked += 1;
				throw new Error("away");
			}
		} as PaymentProvider;
		const quiet = { warn: () => undefined };
		const setup = { db: stage.db, providers: new Map([["sandbox", away]]), logger: quiet };
		const now = Date.now();
		// Due at once, then after growing times.
		for (const seconds of [0, 1, 119, 121, 122]) {
			await refundOnce(setup, new Date(now + seconds * 1_000));
		}
		expect(asked).toBe(2);
		expect((await get(order.id)).status).toBe("refunding");
		expect(await balanceOf(stage.db, "0", "provider", "USD")).toBe(cash);
		const later = new Date(now + 3_600_000);
		await Promise.all([1, 2, 3].map(() => refundOnce(stage.setup, later)));
		const key = `order-${order.id}`;
		await stage.db.transaction((tx) => refundDone(tx, key, later));
		expect((await get(order.id)).status).toBe("refunded");
		expect(await balanceOf(stage.db, "0", "provider", "USD")).toBe(cash - 1_000);
		expect((await stage.provider.fetchStatus(intentId))?.kind).toBe("refunded");
	});
});
