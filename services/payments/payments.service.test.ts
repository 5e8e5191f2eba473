import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import {
	as,
	ledgerOf,
	operator,
	type PaymentStage,
	startPayments,
	transfersOf
} from "../../test/harness/payment-stage.ts";
import { sandboxSecret } from "../../test/harness/sandbox.ts";
import { until } from "../../test/harness/until.ts";
import { sign } from "./providers/signature.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`payments on ${backend.name}`, () => {
		let stage: PaymentStage;
		let nextUser = 100;
		const user = () => String(nextUser++);

		beforeAll(async () => {
			stage = await startPayments(backend);
		});
		afterAll(() => stage.stop());

		const statusOf = async (id: string, userId: string) =>
			(await stage.call("payments.getRecharge", { id }, as(userId))).status;
		const anomalies = async () =>
			(await stage.call("payments.anomalies", {}, operator)).items.map(({ outcome, intent }) => [
				outcome,
				intent?.id
			]);

		it("shows what coins cost in this deployment's money", async () => {
			const { items, providers } = await stage.call("payments.packages", {});
			expect(items[0]).toEqual({ id: "1", coins: 100, price: { amount: 100, currency: "USD" } });
			expect(items.map(({ coins }) => coins)).toEqual([100, 500, 1_000, 2_000, 5_000, 10_000]);
			expect(providers).toEqual(["sandbox"]);
		});

		it("makes one intent and one checkout per key, however often it is told", async () => {
			const [who, key] = [user(), randomUUID()];
			const all = await Promise.all(Array.from({ length: 8 }, () => stage.recharge(who, key)));
			const [first] = all;
			for (const one of all) expect(one).toEqual(first);
			expect(first).toMatchObject({ status: "pending", coins: 100, provider: "sandbox" });
			expect(first?.checkoutUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/pay\/cs_/);
			const list = await stage.call("payments.listRecharges", {}, as(who));
			expect(list.items).toEqual([first]);
			const other = { packageId: "2", provider: "sandbox" };
			const headers = { "idempotency-key": key };
			const conflict = stage.call("payments.recharge", other, { ...as(who), headers });
			await expect(conflict).rejects.toMatchObject({ type: "IDEMPOTENCY_CONFLICT", code: 409 });
		});

		it("needs a key, a package that is sold and a provider that is there", async () => {
			const options = { ...as(user()), headers: { "idempotency-key": "k" } };
			const ask = (params: object, more: object = options) =>
				stage.call("payments.recharge", params as never, more);
			const good = { packageId: "1", provider: "sandbox" };
			await expect(ask(good, as("1"))).rejects.toMatchObject({ code: 400 });
			await expect(ask({ ...good, packageId: "999" })).rejects.toMatchObject({ code: 404 });
			await expect(ask({ ...good, provider: "nobody" })).rejects.toMatchObject({
				type: "PROVIDER_UNKNOWN"
			});
			await expect(ask(good, { headers: { "idempotency-key": "k" } })).rejects.toMatchObject({
				code: 401
			});
		});

		it("shows a recharge to nobody else", async () => {
			const mine = await stage.recharge(user());
			const other = stage.call("payments.getRecharge", { id: mine.id }, as(user()));
			await expect(other).rejects.toMatchObject({ code: 404 });
		});

		it("lists by page, the last one first", async () => {
			const who = user();
			const ids: string[] = [];
			for (let count = 0; count < 3; count += 1) ids.unshift((await stage.recharge(who)).id);
			const first = await stage.call("payments.listRecharges", { limit: 2 }, as(who));
			const cursor = first.nextCursor as string;
			const second = await stage.call("payments.listRecharges", { limit: 2, cursor }, as(who));
			expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
			expect(second.nextCursor).toBeNull();
		});

		it("credits once, however often and at once the callback comes", async () => {
			const who = user();
			const recharge = await stage.recharge(who);
			const same = { id: `ev_${randomUUID()}` };
			const told = Array.from({ length: 12 }, (_, index) =>
				stage.tell(recharge, index % 2 === 0 ? same : {})
			);
			for (const answer of await Promise.all(told)) expect(answer).toEqual({ received: true });
			expect(await statusOf(recharge.id, who)).toBe("succeeded");
			expect(await ledgerOf(stage.db, who)).toEqual({ coins: 100, sum: 0 });
			expect(await transfersOf(stage.db, recharge.id)).toBe(1);
			const heard = () => stage.heard.filter(({ rechargeId }) => rechargeId === recharge.id);
			await until(() => heard().length > 0);
			expect(heard()).toEqual([expect.objectContaining({ userId: who, coins: 100 })]);
		});

		it("books money from the world to the provider, and coins to the payer", async () => {
			const recharge = await stage.recharge(user());
			await stage.tell(recharge);
			const rows = await stage.db.query(
				`SELECT a.kind, a.currency, e.amount FROM wallets_entries e
					JOIN wallets_accounts a ON a.id = e.account_id
					JOIN wallets_transfers t ON t.id = e.transfer_id
					WHERE t.intent = ? ORDER BY a.currency, a.kind`,
				[`recharge:${recharge.id}`]
			);
			expect(rows).toEqual([
				{ kind: "coins", currency: "COIN", amount: 100 },
				{ kind: "world", currency: "COIN", amount: -100 },
				{ kind: "provider", currency: "USD", amount: 100 },
				{ kind: "world", currency: "USD", amount: -100 }
			]);
		});

		it.each([
			["amount", { amount: 99 }],
			["currency", { currency: "KRW" }],
			["merchant", { merchant: "another-shop" }],
			["payment", { reference: "cs_of_another" }]
		])("moves nothing for another %s, and shows it to operators", async (_, payment) => {
			const who = user();
			const recharge = await stage.recharge(who);
			await stage.tell(recharge, { payment });
			expect(await statusOf(recharge.id, who)).toBe("pending");
			expect(await ledgerOf(stage.db, who)).toEqual({ coins: 0, sum: 0 });
			expect(await anomalies()).toContainEqual(["mismatch", recharge.id]);
			// The right one may still come.
			await stage.tell(recharge);
			expect(await ledgerOf(stage.db, who)).toEqual({ coins: 100, sum: 0 });
		});

		it("takes a failed attempt, and the good one behind or before it", async () => {
			const [early, late] = [user(), user()];
			const [one, two] = [await stage.recharge(early), await stage.recharge(late)];
			await stage.tell(one, { type: "payment.failed" });
			expect(await statusOf(one.id, early)).toBe("failed");
			await stage.tell(one);
			await stage.tell(two);
			await stage.tell(two, { type: "payment.failed" });
			for (const [{ id }, who] of [[one, early] as const, [two, late] as const]) {
				expect(await statusOf(id, who)).toBe("succeeded");
				expect((await ledgerOf(stage.db, who)).coins).toBe(100);
			}
		});

		it("keeps what it does not know, and intents that nobody made", async () => {
			const id = `ev_${randomUUID()}`;
			const unknown = { id, type: "payout.created", data: { any: ["thing"] } };
			expect(await stage.callback(unknown)).toEqual({ received: true });
			const [row] = await stage.db.query("SELECT outcome FROM payments_events WHERE event_id = ?", [
				id
			]);
			expect(row).toEqual({ outcome: "ignored" });
			await stage.tell(
				{ id: "987654321", price: { amount: 100, currency: "USD" } },
				{
					payment: { reference: "cs_x" }
				}
			);
			const list = await stage.call("payments.anomalies", {}, operator);
			expect(list.items[0]).toMatchObject({
				...{ outcome: "unknown-intent", intent: null, provider: "sandbox" },
				said: { intentId: "987654321", amount: 100 }
			});
		});

		it("refuses what is forged, old or not readable, and writes nothing", async () => {
			const who = user();
			const { id } = await stage.recharge(who);
			const count = async () =>
				(await stage.db.query("SELECT event_id FROM payments_events")).length;
			const before = await count();
			const event = { id: "ev_forged", type: "payment.succeeded", payment: { intentId: id } };
			const text = JSON.stringify(event);
			const old = new Date(Date.now() - 301_000);
			const refused = [
				stage.callback(event, sign("another secret that is not known", text, new Date())),
				stage.callback(event, sign(sandboxSecret, text, old)),
				stage.callback(event, sign(sandboxSecret, `${text} `, new Date())),
				stage.callback(event, "t=1,v1=00"),
				stage.callback(event),
				stage.callback({ type: "payment.succeeded" }),
				stage.callback(["not an event"])
			];
			for (const call of refused) {
				await expect(call).rejects.toMatchObject({ type: "CALLBACK_NOT_VALID", code: 400 });
			}
			const stranger = { provider: "nobody", body: text, signature: "t=1,v1=00" };
			await expect(stage.call("payments.callback", stranger)).rejects.toMatchObject({ code: 404 });
			expect(await count()).toBe(before);
			expect(await statusOf(id, who)).toBe("pending");
		});

		it("lets operators, and nobody else, keep the packages; each act is recorded", async () => {
			const offer = { coins: 777, amount: 700, position: 99 };
			const made = await stage.call("payments.createPackage", offer, operator);
			expect(made).toMatchObject({ price: { amount: 700, currency: "USD" }, isActive: true });
			const { id } = made;
			const who = { ...as(user()), headers: { "idempotency-key": "pack" } };
			const wish = { packageId: id, provider: "sandbox" };
			const bought = await stage.call("payments.recharge", wish, who);
			const change = { id, coins: 888, isActive: false };
			const changed = await stage.call("payments.updatePackage", change, operator);
			expect(changed).toEqual({ ...made, coins: 888, isActive: false });
			const { items } = await stage.call("payments.packages", {});
			expect(items.map((pack) => pack.id)).not.toContain(id);
			// What was agreed on before stays, told again and paid.
			expect(await stage.call("payments.recharge", wish, who)).toEqual(bought);
			const { items: all } = await stage.call("payments.listPackages", {}, operator);
			expect(all).toContainEqual(changed);
			await stage.call("payments.removePackage", { id }, operator);
			const again = stage.call("payments.removePackage", { id }, operator);
			await expect(again).rejects.toMatchObject({ type: "PACKAGE_NOT_FOUND" });
			const lost = stage.call("payments.updatePackage", change, operator);
			await expect(lost).rejects.toMatchObject({ type: "PACKAGE_NOT_FOUND" });
			await stage.tell(bought);
			expect((await ledgerOf(stage.db, who.meta.user.id)).coins).toBe(777);
			const acts = ["createPackage", "updatePackage", "removePackage"];
			for (const act of acts) expect(stage.audit).toContain(`payments.${act} ok`);
			for (const name of ["payments.listPackages", "payments.anomalies"] as const) {
				await expect(stage.call(name, {}, as("1"))).rejects.toMatchObject({ code: 403 });
			}
			const sneaky = stage.call("payments.createPackage", offer, as("1"));
			await expect(sneaky).rejects.toMatchObject({ code: 403 });
		});
	});
}
