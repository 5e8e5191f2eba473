import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typed } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { fakeTags } from "../../test/harness/fake-tags.ts";
import { until } from "../../test/harness/until.ts";
import wallets from "./wallets.service.ts";
import { hold, postTransfers } from "./wallets.tx.ts";
import { verifyLedger } from "./wallets.verify.ts";

const viewer = "1001";
const host = "1002";
const operator = "1003";

const fakeUsers: ServiceSchema = {
	name: "users",
	actions: {
		account: {
			auth: "internal",
			handler(ctx: { params: { id: string } }) {
				if (Number(ctx.params.id) > 2_000) throw commonErrors.NOT_FOUND();
				return { user: {}, banned: false };
			}
		} as never
	}
};
const fakeAdmin: ServiceSchema = {
	name: "admin",
	actions: { record: { auth: "internal", handler: () => ({ id: "1" }) } as never }
};

const as = (id: string, key?: string) => ({
	meta: { user: { id, sessionId: "1" } },
	...(key ? { headers: { "idempotency-key": key } } : {})
});

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`wallets on ${backend.name}`, () => {
		let opened: Opened;
		let broker: ServiceBroker;
		let call: ReturnType<typeof typed>["call"];
		let sql: Sql;

		beforeAll(async () => {
			opened = await backend.open();
			const tags = fakeTags({ [host]: ["host"], [operator]: ["operator"] });
			const services = [wallets, tags, fakeUsers, fakeAdmin];
			broker = await startBroker({ env: opened.env, services, migrate: true });
			({ call } = typed(broker));
			({ sql } = broker.getLocalService("wallets") as unknown as { sql: Sql });
		});
		afterAll(async () => {
			expect((await verifyLedger(sql)).faults).toEqual([]);
			await broker.stop();
			await opened.close();
		});

		const grant = (userId: string, amount: number, reference: string) =>
			call("wallets.grant", { userId, amount, reference });
		const correct = (params: { amount: number; reason?: string; userId?: string }, key: string) =>
			call("wallets.correct", { userId: viewer, reason: "a test", ...params }, as(operator, key));

		it("shows zeros before there is a wallet, and income to hosts alone", async () => {
			const empty = { balance: 0, held: 0, frozen: false };
			expect(await call("wallets.get", {}, as("1009"))).toEqual(empty);
			expect(await call("wallets.get", {}, as(host))).toEqual({ ...empty, income: 0 });
			const nobody = await call("wallets.entries", {}, as("1009"));
			expect(nobody).toEqual({ items: [], nextCursor: null });
			await expect(call("wallets.get")).rejects.toMatchObject({ code: 401 });
			await expect(call("wallets.entries")).rejects.toMatchObject({ code: 401 });
		});

		it("grants once per reference", async () => {
			const first = await grant(viewer, 100, "demo:1001");
			expect(first).toMatchObject({ repeated: false });
			const again = await grant(viewer, 100, "demo:1001");
			expect(again).toEqual({ ...first, repeated: true });
			const other = grant(viewer, 101, "demo:1001");
			await expect(other).rejects.toMatchObject({ type: "IDEMPOTENCY_CONFLICT" });
			expect(await call("wallets.get", {}, as(viewer))).toMatchObject({ balance: 100 });
		});

		it("pages through entries, the last one first, without gap or repeat", async () => {
			for (let count = 1; count <= 6; count += 1) await grant("1010", count, `page:${count}`);
			const first = await call("wallets.entries", { limit: 4 }, as("1010"));
			// Somebody is paid while the reader turns the page.
			await grant("1010", 7, "page:7");
			const cursor = first.nextCursor ?? "";
			const second = await call("wallets.entries", { limit: 4, cursor }, as("1010"));
			const items = [...first.items, ...second.items];
			expect(items.map(({ id, amount, balanceAfter }) => [id, amount, balanceAfter])).toEqual([
				...[6, 5, 4, 3, 2, 1].map((id) => [String(id), id, (id * (id + 1)) / 2])
			]);
			expect(second.nextCursor).toBeNull();
			expect(items[0]).toMatchObject({ kind: "grant", reference: "page:6" });
			expect(Date.parse(items[0]?.at ?? "")).toBeLessThanOrEqual(Date.now());
			const bad = call("wallets.entries", { cursor: "bad" }, as("1010"));
			await expect(bad).rejects.toMatchObject({ type: "BAD_REQUEST" });
		});

		it("keeps the accounts of one user apart", async () => {
			await sql.transaction((tx) =>
				postTransfers(tx, [
					{
						...{ intent: "gift:apart", kind: "gift", reference: "apart" },
						legs: [
							{ account: { userId: viewer, kind: "coins" }, amount: -10 },
							{ account: { userId: host, kind: "income" }, amount: 6 },
							{ account: { system: "platform", currency: "COIN" }, amount: 4 }
						]
					}
				])
			);
			expect(await call("wallets.get", {}, as(host))).toMatchObject({ balance: 0, income: 6 });
			expect((await call("wallets.entries", {}, as(host))).items).toEqual([]);
			const { items } = await call("wallets.entries", { account: "income" }, as(host));
			expect(items).toMatchObject([{ amount: 6, balanceAfter: 6, kind: "gift" }]);
			const balances = await call("wallets.balances", { userIds: [host, "9999999999999999"] });
			expect(balances.items).toEqual([
				{ userId: host, balance: 0, held: 0, income: 6, frozen: false },
				{ userId: "9999999999999999", balance: 0, held: 0, income: 0, frozen: false }
			]);
		});

		it("corrects once per key, up and down, and never below nothing", async () => {
			const first = await correct({ amount: 50 }, "key-1");
			expect(first).toMatchObject({ repeated: false, balance: 140 });
			expect(await correct({ amount: 50 }, "key-1")).toEqual({ ...first, repeated: true });
			for (const other of [{ amount: 51 }, { amount: 50, reason: "another" }]) {
				const conflict = correct(other, "key-1");
				await expect(conflict).rejects.toMatchObject({ type: "IDEMPOTENCY_CONFLICT" });
			}
			expect(await correct({ amount: -40 }, "key-2")).toMatchObject({ balance: 100 });
			const tooMuch = correct({ amount: -101 }, "key-3");
			await expect(tooMuch).rejects.toMatchObject({ type: "INSUFFICIENT_BALANCE", code: 402 });
			const nothing = correct({ amount: 0 }, "key-4");
			await expect(nothing).rejects.toMatchObject({ type: "VALIDATION_FAILED" });
			const nobody = correct({ amount: 1, userId: "2001" }, "key-5");
			await expect(nobody).rejects.toMatchObject({ type: "NOT_FOUND" });
			const params = { userId: viewer, amount: 1, reason: "no key" };
			const keyless = call("wallets.correct", params, as(operator));
			await expect(keyless).rejects.toMatchObject({ type: "IDEMPOTENCY_KEY_REQUIRED" });
			for (const amount of [1.5, Number.NaN, 10 ** 13]) {
				const invalid = correct({ amount }, "key-6");
				await expect(invalid).rejects.toMatchObject({ code: 422 });
			}
			expect(await call("wallets.get", {}, as(viewer))).toMatchObject({ balance: 100 });
		});

		it("freezes what goes out, not what comes in", async () => {
			const words = { userId: viewer, reason: "looks stolen" };
			const spend = (intent: string) =>
				sql.transaction((tx) =>
					postTransfers(tx, [
						{
							...{ intent, kind: "gift", reference: intent },
							legs: [
								{ account: { userId: viewer, kind: "coins" }, amount: -1 },
								{ account: { userId: host, kind: "income" }, amount: 1 }
							]
						}
					])
				);
			expect(await call("wallets.freeze", words, as(operator))).toEqual({ changed: true });
			expect(await call("wallets.freeze", words, as(operator))).toEqual({ changed: false });
			expect(await spend("gift:frozen")).toEqual([{ outcome: "frozen" }]);
			await grant(viewer, 5, "while-frozen");
			expect(await correct({ amount: -5 }, "key-7")).toMatchObject({ balance: 100 });
			const shown = await call("wallets.show", { userId: viewer }, as(operator));
			expect(shown).toMatchObject({ balance: 100, frozen: true });
			expect(await call("wallets.get", {}, as(viewer))).toMatchObject({ frozen: true });
			expect(await call("wallets.unfreeze", words, as(operator))).toEqual({ changed: true });
			expect(await spend("gift:frozen")).toMatchObject([{ outcome: "posted" }]);
		});

		it("gives held coins free when their time is over", async () => {
			await grant("1011", 10, "held");
			await sql.transaction((tx) =>
				hold(tx, {
					...{ intent: "order:late", kind: "order", reference: "late", amount: 8 },
					account: { userId: "1011", kind: "coins" },
					expiresAt: new Date(Date.now() + 200)
				})
			);
			const wallet = () => call("wallets.get", {}, as("1011"));
			expect(await wallet()).toMatchObject({ balance: 10, held: 8 });
			await until(async () => (await wallet()).held === 0, 10_000);
			expect(await wallet()).toMatchObject({ balance: 10, held: 0 });
		});

		it("lets operators alone look into and change the wallets of others", async () => {
			const words = { userId: viewer, reason: "none" };
			const tries = (options: object) => [
				call("wallets.show", { userId: viewer }, options),
				call("wallets.freeze", words, options),
				call("wallets.unfreeze", words, options),
				call("wallets.correct", { ...words, amount: 1 }, options)
			];
			for (const refusal of tries(as(viewer, "key-9"))) {
				await expect(refusal).rejects.toMatchObject({ code: 403 });
			}
			for (const refusal of tries({})) await expect(refusal).rejects.toMatchObject({ code: 401 });
			const nobody = { userId: "2001", reason: "none" };
			for (const name of ["wallets.freeze", "wallets.unfreeze"] as const) {
				await expect(call(name, nobody, as(operator))).rejects.toMatchObject({ code: 404 });
			}
			const unknown = call("wallets.show", { userId: "2001" }, as(operator));
			await expect(unknown).rejects.toMatchObject({ code: 404 });
		});
	});
}
