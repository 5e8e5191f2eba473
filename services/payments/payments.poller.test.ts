import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import {
	as,
	ledgerOf,
	type PaymentStage,
	startPayments,
	transfersOf
} from "../../test/harness/payment-stage.ts";
import { type Payment, press } from "../../test/harness/sandbox.ts";
import { pollOnce } from "./payments.poller.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`lost callbacks on ${backend.name}`, () => {
		let stage: PaymentStage;
		let nextUser = 100;

		beforeAll(async () => {
			stage = await startPayments(backend);
		});
		afterAll(() => stage.stop());

		/** Everything that is due so many seconds from now, again until nothing is. */
		const pollIn = async (seconds: number): Promise<void> => {
			await pollOnce(stage.setup, new Date(Date.now() + seconds * 1_000));
		};
		const rowOf = async (id: string) => {
			const [row] = await stage.db.query<{ status: string; look_at: Date | null; looks: number }>(
				"SELECT status, look_at, looks FROM payments_intents WHERE id = ?",
				[id]
			);
			return row;
		};
		async function begin(payment?: Payment, button: "pay" | "fail" = "pay") {
			const who = String(nextUser++);
			const recharge = await stage.recharge(who);
			if (payment) await press(button, recharge.checkoutUrl as string, payment);
			return { who, ...recharge };
		}
		const pastEnd = limits.paymentLifeSeconds + 1;

		it("credits what was paid and never told, once, and then asks no more", async () => {
			const { id, who } = await begin({});
			await pollIn(30);
			expect((await rowOf(id))?.status).toBe("pending");
			// Two nodes that both believe to hold the lease.
			await Promise.all([pollIn(61), pollIn(61)]);
			expect(await rowOf(id)).toMatchObject({ status: "succeeded", look_at: null });
			expect(await ledgerOf(stage.db, who)).toEqual({ coins: 100, sum: 0 });
			await stage.tell({ id, price: { amount: 100, currency: "USD" } });
			expect((await ledgerOf(stage.db, who)).coins).toBe(100);
			expect(await transfersOf(stage.db, id)).toBe(1);
		});

		it("hears of a failure too", async () => {
			const { id } = await begin({}, "fail");
			await pollIn(61);
			expect(await rowOf(id)).toMatchObject({ status: "failed", look_at: null });
		});

		it("lets what nobody pays run out, and forgets it when the provider has", async () => {
			const { id } = await begin();
			await pollIn(61);
			expect(await rowOf(id)).toMatchObject({ status: "pending", looks: 1 });
			await pollIn(pastEnd);
			expect((await rowOf(id))?.status).toBe("expired");
			// At the provider, whose clock is not moved, it still is open.
			expect((await rowOf(id))?.look_at).not.toBeNull();
			const checkout = stage.till.book.findByIntent("live-commerce", id);
			if (!checkout) throw new Error("the till knows no such checkout");
			stage.till.book.write({ checkout: { ...checkout, expiresAt: new Date(0).toISOString() } });
			await pollIn(pastEnd + 3_600);
			expect(await rowOf(id)).toMatchObject({ status: "expired", look_at: null });
		});

		it("credits money that arrives after the end, and shows that it was late", async () => {
			const { id, who } = await begin({ switches: ["late"], lateSeconds: 3_600 });
			await pollIn(pastEnd);
			expect((await rowOf(id))?.status).toBe("expired");
			const checkout = stage.till.book.findByIntent("live-commerce", id);
			if (!checkout) throw new Error("the till knows no such checkout");
			stage.till.book.write({ checkout: { ...checkout, settlesAt: 0 } });
			await pollIn(pastEnd + 3_600);
			expect((await rowOf(id))?.status).toBe("succeeded");
			expect(await ledgerOf(stage.db, who)).toEqual({ coins: 100, sum: 0 });
			const { items } = await stage.call("payments.anomalies", {}, as("9"));
			expect(items).toContainEqual(
				expect.objectContaining({ outcome: "late", intent: expect.objectContaining({ id }) })
			);
		});

		it.each(["wrong-amount", "wrong-currency"] as const)(
			"records %s once, however often it asks, and moves nothing",
			async (wrong) => {
				const { id, who } = await begin({ switches: [wrong] });
				for (const seconds of [61, 200, 500, pastEnd]) await pollIn(seconds);
				expect((await rowOf(id))?.status).toBe("expired");
				expect((await ledgerOf(stage.db, who)).coins).toBe(0);
				const rows = await stage.db.query(
					"SELECT outcome FROM payments_events WHERE intent_id = ?",
					[id]
				);
				expect(rows).toEqual([{ outcome: "mismatch" }]);
			}
		);

		it("ends by the clock, and goes on asking, when the provider does not answer", async () => {
			const { id, who } = await begin({});
			const silent = { ...stage.provider, fetchStatus: () => Promise.reject(new Error("away")) };
			const setup = { ...stage.setup, providers: new Map([["sandbox", silent]]) };
			await pollOnce(setup, new Date(Date.now() + pastEnd * 1_000));
			expect((await rowOf(id))?.status).toBe("expired");
			await pollIn(pastEnd + 3_600);
			expect((await rowOf(id))?.status).toBe("succeeded");
			expect((await ledgerOf(stage.db, who)).coins).toBe(100);
		});

		it("sends money back that could not be taken, and asks until it has gone", async () => {
			const { id } = await begin({});
			const cash = async () => {
				const [row] = await stage.db.query<{ balance: number }>(
					"SELECT balance FROM wallets_accounts WHERE kind = 'provider'"
				);
				return Number(row?.balance);
			};
			const before = await cash();
			// As it is left by a wallet that says no (payments.settle.test.ts).
			await stage.db.execute(
				"UPDATE payments_intents SET status = 'refunding', look_at = ? WHERE id = ?",
				[new Date(), id]
			);
			const refusing = { ...stage.provider, refund: () => Promise.reject(new Error("away")) };
			const setup = { ...stage.setup, providers: new Map([["sandbox", refusing]]) };
			await pollOnce(setup, new Date());
			expect((await rowOf(id))?.status).toBe("refunding");
			await pollIn(1);
			await pollIn(121);
			expect(await rowOf(id)).toMatchObject({ status: "refunded", look_at: null });
			expect(await cash()).toBe(before - 100);
			expect(stage.till.book.findByIntent("live-commerce", id)?.status).toBe("refunded");
			await stage.tell(
				{ id, price: { amount: 100, currency: "USD" } },
				{
					type: "payment.refunded"
				}
			);
			expect(await cash()).toBe(before - 100);
		});
	});
}
