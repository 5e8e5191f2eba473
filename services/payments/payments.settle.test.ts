/**
 * The same table as in payments.rules.test.ts, against the database and the ledger. One wallet
 * says no here, as no real one does today: what is paid then must go back.
 */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { ledgerOf, transfersOf } from "../../test/harness/payment-stage.ts";
import { findIntent, insertIntent, type NewIntent } from "./payments.intents.model.ts";
import { looked, open, receive, refunded } from "./payments.settle.ts";
import type { ProviderEvent } from "./providers/provider.ts";

const refusingUser = "13";

vi.mock("../wallets/wallets.tx.ts", async (original) => {
	const real = await original<typeof import("../wallets/wallets.tx.ts")>();
	const postTransfers: typeof real.postTransfers = (tx, requests) => {
		const refused = requests.some(({ legs }) =>
			legs.some(({ account }) => "userId" in account && account.userId === refusingUser)
		);
		return refused
			? Promise.resolve(requests.map(() => ({ outcome: "frozen" as const })))
			: real.postTransfers(tx, requests);
	};
	return { ...real, postTransfers };
});

const now = new Date("2026-11-21T09:00:00.000Z");
const intentOf = (id: string, userId: string): NewIntent => ({
	...{ id, userId, purpose: "recharge", reference: "1", provider: "sandbox" },
	...{ merchant: "shop", amount: 500, currency: "USD", coins: 500 },
	...{ requestKey: `key-${id}`, requestHash: "0".repeat(64) },
	...{ createdAt: now, expiresAt: new Date(now.getTime() + 60_000), lookAt: now }
});
const eventOf = (intentId: string, change: Partial<ProviderEvent> = {}): ProviderEvent => ({
	...{ id: `ev_${intentId}`, kind: "paid", word: "payment.succeeded", intentId },
	...{ reference: "cs_1", merchant: "shop", amount: 500, currency: "USD", ...change }
});

/** What the provider has told, by the number of the event; told again it is the same. */
const events: readonly Partial<ProviderEvent>[] = [
	{ kind: "paid" },
	{ kind: "paid" },
	{ kind: "paid", amount: 501 },
	{ kind: "paid", currency: "KRW" },
	{ kind: "failed" },
	{ kind: "other" }
];
const isRightPayment = (step: Step): boolean => step === 0 || step === 1;

/** The number of an event, or what else happens to an intent. */
type Step = number | "open" | "timeUp";

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 3, arbitrary: fc.nat({ max: events.length - 1 }) },
	{ weight: 1, arbitrary: fc.constantFrom<Step[]>("open", "timeUp") }
);

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`settling on ${backend.name}`, () => {
		const database = databasesOf(backend, ["payments", "wallets", "outbox"]);
		const told = (db: Sql, event: ProviderEvent) =>
			db.transaction((tx) => receive(tx, { provider: "sandbox", event, now }));

		/** Runs the steps of one intent, some of them at the same moment. */
		async function run(db: Sql, id: string, steps: readonly Step[]): Promise<void> {
			const checkout = { reference: "cs_1", url: "http://127.0.0.1/pay/cs_1" };
			const late = new Date(now.getTime() + 120_000);
			const work = (one: Step) => (tx: Transaction) => {
				if (one === "open") return open(tx, id, { checkout, now });
				if (one === "timeUp") return looked(tx, id, { now: late, isFinal: false });
				const event = eventOf(id, { ...events[one], id: `${id}:${one}` });
				return receive(tx, { provider: "sandbox", event, now });
			};
			for (let from = 0; from < steps.length; from += 4) {
				const part = steps.slice(from, from + 4);
				await Promise.all(part.map((one) => db.transaction<unknown>(work(one))));
			}
		}

		it("credits each intent at most once, and exactly once when it was paid", async () => {
			const db = await database();
			let next = 1_001;
			await fc.assert(
				fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
					const id = String(next++);
					await insertIntent(db, intentOf(id, id));
					await run(db, id, steps);
					const { coins, sum } = await ledgerOf(db, id);
					const expected = steps.some(isRightPayment) ? 1 : 0;
					expect(await transfersOf(db, id)).toBe(expected);
					expect({ coins, sum }).toEqual({ coins: expected * 500, sum: 0 });
					const status = (await findIntent(db, id))?.status;
					expect(status === "succeeded").toBe(expected === 1);
				}),
				{ numRuns: backend.name === "sqlite" ? 60 : 30 }
			);
		});

		it("publishes what it credits, in the same transaction", async () => {
			const db = await database();
			await insertIntent(db, intentOf("1001", "7"));
			expect(await told(db, eventOf("1001"))).toBe("applied");
			expect(await told(db, eventOf("1001"))).toBe("repeated");
			const rows = await db.query<{ channel: string; payload: string }>(
				"SELECT channel, payload FROM outbox_messages"
			);
			expect(rows.map(({ channel }) => channel)).toEqual(["payments.recharged"]);
			expect(JSON.parse(rows[0]?.payload ?? "")).toEqual({
				...{ rechargeId: "1001", userId: "7", coins: 500, at: now.toISOString() }
			});
		});

		it("keeps nothing when the commit fails half-way: told again it is as new", async () => {
			const db = await database();
			await insertIntent(db, intentOf("1001", "7"));
			const cut = db.transaction(async (tx) => {
				await receive(tx, { provider: "sandbox", event: eventOf("1001"), now });
				throw new Error("the process ended here");
			});
			await expect(cut).rejects.toThrow("ended here");
			expect((await findIntent(db, "1001"))?.status).toBe("created");
			expect(await transfersOf(db, "1001")).toBe(0);
			expect(await told(db, eventOf("1001"))).toBe("applied");
			expect(await transfersOf(db, "1001")).toBe(1);
		});

		it("gives one provider no word about the intents of another", async () => {
			const db = await database();
			await insertIntent(db, intentOf("1001", "7"));
			const strange = { provider: "other", event: eventOf("1001"), now };
			expect(await db.transaction((tx) => receive(tx, strange))).toBe("unknown-intent");
			expect((await findIntent(db, "1001"))?.status).toBe("created");
		});

		it("books what a wallet does not take as held by the provider, and its way back", async () => {
			const db = await database();
			await insertIntent(db, intentOf("1001", refusingUser));
			expect(await told(db, eventOf("1001"))).toBe("returned");
			expect((await findIntent(db, "1001"))?.status).toBe("refunding");
			const cash = async () => {
				const [row] = await db.query<{ balance: number }>(
					"SELECT balance FROM wallets_accounts WHERE kind = 'provider'"
				);
				return Number(row?.balance);
			};
			expect(await cash()).toBe(500);
			expect(await ledgerOf(db, refusingUser)).toEqual({ coins: 0, sum: 0 });
			// Paid once more under another id: the money is on its way back already.
			expect(await told(db, eventOf("1001", { id: "ev_again" }))).toBe("stale");
			for (const _ of [1, 2]) await db.transaction((tx) => refunded(tx, "1001", now));
			expect((await findIntent(db, "1001"))?.status).toBe("refunded");
			expect(await cash()).toBe(0);
		});
	});
}
