import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import {
	balanceOf,
	fillPurse,
	type OrderStage,
	startOrders
} from "../../test/harness/order-stage.ts";
import { press } from "../../test/harness/sandbox.ts";
import { as } from "../../test/harness/shop-stage.ts";
import { shopperOn } from "../../test/harness/shopper.ts";
import { until } from "../../test/harness/until.ts";
import { pollOnce } from "../payments/payments.poller.ts";
import { refundOnce } from "../payments/payments.refunds.ts";
import { verifyLedger } from "../wallets/wallets.verify.ts";
import { sweepOnce } from "./orders.sweep.ts";

describe.each(sqlBackends)("paying orders on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let stage: OrderStage;
	let call: OrderStage["call"];

	beforeAll(async () => {
		stage = await startOrders(backend);
		call = stage.call;
	});
	afterAll(() => stage.stop());
	const shopper = shopperOn(() => stage);
	const { me, sku, place, placed, pay, step, get, heard, refuses, verify } = shopper;
	beforeEach(() => shopper.renew());

	describe("paying with coins", () => {
		it("moves coins, goods and the order together", async () => {
			const skuId = await sku("3");
			const order = await placed(skuId, 2);
			await refuses(() => pay(order.id), "INSUFFICIENT_BALANCE");
			await fillPurse(stage.db, me.id, 2_500);
			const key = randomUUID();
			const held = await balanceOf(stage.db, "0", "escrow");
			for (const _ of [1, 2]) {
				expect(await pay(order.id, "coins", key)).toEqual({ status: "paid", checkoutUrl: null });
			}
			expect(await balanceOf(stage.db, me.id, "coins")).toBe(500);
			expect(await balanceOf(stage.db, "0", "escrow")).toBe(held + 2_000);
			expect(await stage.pile(skuId)).toEqual({ onHand: 8, reserved: 0, sold: 2 });
			await refuses(() => pay(order.id), "ORDER_STATE");
			await until(() => heard("orders.paid", order.id).length === 1);
			await verify();
		});

		it("pays all orders of a checkout, or none", async () => {
			const [first, second] = [await sku("1"), await sku("2")];
			const items = [first, second].map((skuId) => ({ skuId, quantity: 1 }));
			const { checkoutId } = await place(items);
			await fillPurse(stage.db, me.id, 1_999);
			const payAll = () =>
				call("orders.payCheckout", { id: checkoutId, provider: "coins" }, as(me.id, randomUUID()));
			await refuses(payAll, "INSUFFICIENT_BALANCE");
			await fillPurse(stage.db, me.id, 1);
			expect(await payAll()).toEqual({ status: "paid", checkoutUrl: null });
			expect(await balanceOf(stage.db, me.id, "coins")).toBe(0);
		});

		it("goes to the seller when it was shipped and has come", async () => {
			const skuId = await sku("4");
			const order = await placed(skuId);
			const ship = (who: string) => call("orders.ship", { id: order.id }, as(who, randomUUID()));
			await fillPurse(stage.db, me.id, 1_000);
			await refuses(() => ship("4"), "ORDER_STATE");
			await pay(order.id);
			await refuses(() => step("orders.confirm", order.id), "ORDER_STATE");
			await refuses(() => ship(me.id), "NOT_FOUND");
			expect(await ship("4")).toMatchObject({ status: "shipped" });
			await refuses(() => step("orders.cancel", order.id), "ORDER_STATE");
			const income = await balanceOf(stage.db, "4", "income");
			const key = randomUUID();
			for (const _ of [1, 2]) {
				expect((await step("orders.confirm", order.id, key)).status).toBe("received");
			}
			expect(await balanceOf(stage.db, "4", "income")).toBe(income + 1_000);
			await verify();
		});
	});

	describe("giving up", () => {
		it("closes what is unpaid and frees its goods", async () => {
			const skuId = await sku("1");
			const order = await placed(skuId, 4);
			const key = randomUUID();
			for (const _ of [1, 2]) {
				const closed = await step("orders.cancel", order.id, key);
				expect(closed).toMatchObject({ status: "closed", closeReason: "cancelled" });
			}
			expect(await stage.pile(skuId)).toEqual({ onHand: 10, reserved: 0, sold: 0 });
			await refuses(() => step("orders.cancel", order.id), "ORDER_STATE");
			await refuses(() => pay(order.id), "ORDER_STATE");
			await refuses(() => pay(order.id, "sandbox"), "ORDER_STATE");
			await until(() => heard("orders.closed", order.id).length === 1);
		});

		it("gives coins back at once, exactly once", async () => {
			const skuId = await sku("1");
			const order = await placed(skuId, 3);
			await fillPurse(stage.db, me.id, 3_000);
			await pay(order.id);
			const all = await Promise.allSettled(
				Array.from({ length: 8 }, () => step("orders.cancel", order.id))
			);
			expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
			expect((await get(order.id)).status).toBe("refunded");
			expect(await balanceOf(stage.db, me.id, "coins")).toBe(3_000);
			expect(await stage.pile(skuId)).toEqual({ onHand: 10, reserved: 0, sold: 0 });
			await until(() => heard("orders.refunded", order.id).length === 1);
			await verify();
		});

		it("closes what is not paid in time", async () => {
			const skuId = await sku("1");
			const order = await placed(skuId);
			const at = new Date(order.expiresAt);
			expect(at.getTime() - Date.parse(order.placedAt)).toBe(15 * 60_000);
			await sweepOnce(stage.setup, new Date(at.getTime() - 1));
			expect((await get(order.id)).status).toBe("unpaid");
			await sweepOnce(stage.setup, at);
			expect(await get(order.id)).toMatchObject({ status: "closed", closeReason: "timeout" });
			expect(await stage.pile(skuId)).toEqual({ onHand: 10, reserved: 0, sold: 0 });
			expect(await sweepOnce(stage.setup, at)).toBe(0);
			await verify();
		});
	});

	describe("paying at a provider", () => {
		const cash = () => balanceOf(stage.db, "0", "provider", "USD");
		async function opened(skuId: string, quantity = 1) {
			const order = await placed(skuId, quantity);
			const key = randomUUID();
			const { status, checkoutUrl } = await pay(order.id, "sandbox", key);
			expect(status).toBe("unpaid");
			expect((await pay(order.id, "sandbox", key)).checkoutUrl).toBe(checkoutUrl);
			expect((await pay(order.id, "sandbox")).checkoutUrl).toBe(checkoutUrl);
			const [intent] = await stage.db.query<{ id: number }>(
				"SELECT id FROM payments_intents WHERE reference = ?",
				[`order:${order.id}`]
			);
			return { order, key, url: checkoutUrl ?? "", intentId: String(intent?.id) };
		}

		it("settles the order once, however often it is told", async () => {
			const skuId = await sku("1");
			const { order, key, url, intentId } = await opened(skuId, 2);
			await press("pay", url);
			const before = await cash();
			await Promise.all([stage.tell(intentId), stage.tell(intentId)]);
			await stage.tell(intentId);
			expect(await get(order.id)).toMatchObject({ status: "paid", paidBy: "sandbox" });
			expect(await cash()).toBe(before + 2_000);
			expect(await stage.pile(skuId)).toEqual({ onHand: 8, reserved: 0, sold: 2 });
			expect(await pay(order.id, "sandbox", key)).toEqual({ status: "paid", checkoutUrl: null });
			await refuses(() => pay(order.id, "coins", key), "IDEMPOTENCY_CONFLICT");
			await verify();
		});

		it("sends late money back, whatever closed the order", async () => {
			const skuId = await sku("1");
			const { order, url, intentId } = await opened(skuId);
			await press("pay", url);
			await step("orders.cancel", order.id);
			const before = await cash();
			await stage.tell(intentId);
			expect((await get(order.id)).status).toBe("closed");
			expect(await cash()).toBe(before + 1_000);
			await pollOnce(stage.setup, new Date());
			expect(await cash()).toBe(before);
			expect((await stage.provider.fetchStatus(intentId))?.kind).toBe("refunded");
			expect(await stage.pile(skuId)).toEqual({ onHand: 10, reserved: 0, sold: 0 });
		});

		it("sends back what is cancelled after it was paid, and says so when it went", async () => {
			const skuId = await sku("1");
			const { order, url, intentId } = await opened(skuId);
			await press("pay", url);
			await stage.tell(intentId);
			const before = await cash();
			expect((await step("orders.cancel", order.id)).status).toBe("refunding");
			expect(await stage.pile(skuId)).toEqual({ onHand: 10, reserved: 0, sold: 0 });
			expect(heard("orders.refunded", order.id)).toHaveLength(0);
			await Promise.all([1, 2].map(() => refundOnce(stage.setup, new Date())));
			expect((await get(order.id)).status).toBe("refunded");
			expect(await cash()).toBe(before - 1_000);
			await stage.tell(intentId, "payment.refunded");
			const [event] = await stage.db.query<{ outcome: string }>(
				"SELECT outcome FROM payments_events WHERE word = 'payment.refunded' AND intent_id = ?",
				[intentId]
			);
			expect(event?.outcome).toBe("stale");
			await until(() => heard("orders.refunded", order.id).length === 1);
		});

		it("pays what is left of a checkout, and sends the rest back", async () => {
			const items = [await sku("1"), await sku("2")].map((skuId) => ({ skuId, quantity: 1 }));
			const { checkoutId, items: made } = await place(items);
			const params = { id: checkoutId, provider: "sandbox" };
			const { checkoutUrl } = await call("orders.payCheckout", params, as(me.id, randomUUID()));
			const [gone, kept] = made;
			await step("orders.cancel", gone?.id ?? "");
			await press("pay", checkoutUrl ?? "");
			const before = await cash();
			const [intent] = await stage.db.query<{ id: number }>(
				"SELECT id FROM payments_intents WHERE reference = ?",
				[`checkout:${checkoutId}`]
			);
			await stage.tell(String(intent?.id));
			expect(await cash()).toBe(before + 2_000);
			await refundOnce(stage.setup, new Date());
			expect(await cash()).toBe(before + 1_000);
			expect((await get(gone?.id ?? "")).status).toBe("closed");
			expect((await get(kept?.id ?? "")).status).toBe("paid");
			// The other half can go back too, and no more than that.
			await step("orders.cancel", kept?.id ?? "");
			await refundOnce(stage.setup, new Date());
			expect(await cash()).toBe(before);
			expect((await get(kept?.id ?? "")).status).toBe("refunded");
		});

		it("takes no other price and no unknown provider", async () => {
			const order = await placed(await sku("1"));
			await refuses(() => pay(order.id, "gold"), "PROVIDER_UNKNOWN");
			const stranger = as("98", randomUUID());
			const params = { id: order.id, provider: "coins" };
			await refuses(() => call("orders.pay", params, stranger), "NOT_FOUND");
			await refuses(() => call("orders.cancel", { id: order.id }, stranger), "NOT_FOUND");
			const foreign = { id: order.checkoutId, provider: "coins" };
			await refuses(() => call("orders.payCheckout", foreign, stranger), "NOT_FOUND");
			await refuses(() => call("orders.get", { id: order.id }, as("98")), "NOT_FOUND");
			const cheap = { ...params, total: 1 } as typeof params;
			await refuses(() => call("orders.pay", cheap, as(me.id, randomUUID())), "VALIDATION_ERROR");
		});
	});

	it("leaves a ledger without faults", async () => {
		expect((await verifyLedger(stage.db)).faults).toEqual([]);
		await verify();
	});
});
