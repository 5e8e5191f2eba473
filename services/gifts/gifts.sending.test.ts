/**
 * Random storms of gifts against a model of five lines: repeats, other bodies under a used key,
 * empty purses, two nodes at once. Sums alone would not see a double application, so transfers are
 * counted per intent too.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { coinCurrency, postTransfers } from "../wallets/wallets.tx.ts";
import { sharesOf } from "./gifts.rules.ts";
import { type GiftIntent, type GiftVerdict, giftSending } from "./gifts.sending.ts";

const purse = 60;
const hosts = ["900", "901"] as const;

interface Plan {
	readonly user: number;
	readonly key: number;
	readonly host: 0 | 1;
	readonly count: number;
	readonly node: 0 | 1;
}

const plan: fc.Arbitrary<Plan> = fc.record({
	user: fc.integer({ min: 1, max: 3 }),
	key: fc.integer({ min: 1, max: 12 }),
	host: fc.constantFrom(0, 1),
	count: fc.integer({ min: 1, max: 9 }),
	node: fc.constantFrom(0, 1)
});

const intentOf = ({ user, key, host, count }: Plan, base: number): GiftIntent => {
	const id = String(base + user);
	return {
		...{ roomId: hosts[host], sessionId: hosts[host], hostId: hosts[host], giftId: "2" },
		...{ giftName: "Rose", effect: "petals", icon: "🌹", price: 3, count, coins: 3 * count },
		...{ hostPercent: 30, sender: { id, nickname: `Name ${id}`, level: 1 } },
		...{ key: `k${key}`, hash: `${host}/${count}`.padEnd(64, "0"), requestId: undefined }
	};
};

async function fill(db: Sql, userIds: readonly string[]): Promise<void> {
	await db.transaction((tx) =>
		postTransfers(
			tx,
			userIds.map((userId) => ({
				...{ intent: `test:${userId}`, kind: "recharge", reference: userId },
				legs: [
					{ account: { system: "world", currency: coinCurrency }, amount: -purse },
					{ account: { userId, kind: "coins" }, amount: purse }
				]
			}))
		)
	);
}

const numberOf = async (db: Sql, text: string, values: string[] = []): Promise<number> =>
	Number((await db.query<{ value: number }>(text, values))[0]?.value ?? 0);

const balanceOf = (db: Sql, owner: string, kind: string) =>
	numberOf(db, "SELECT balance AS value FROM wallets_accounts WHERE owner = ? AND kind = ?", [
		owner,
		kind
	]);

/** What a verdict must agree with: one gift per key, the first body that was paid for it. */
function checkVerdicts(intents: readonly GiftIntent[], verdicts: readonly GiftVerdict[]): void {
	const paid = new Map<string, { hash: string; answer: string }>();
	for (const [index, verdict] of verdicts.entries()) {
		const { sender, key, hash } = intents[index] as GiftIntent;
		if (verdict.outcome !== "sent") continue;
		const { id, balance, combo } = verdict;
		const answer = JSON.stringify([id, balance, combo]);
		const first = paid.get(`${sender.id}/${key}`);
		if (first) expect({ hash, answer }).toEqual(first);
		paid.set(`${sender.id}/${key}`, { hash, answer });
	}
	for (const [index, { outcome }] of verdicts.entries()) {
		const { sender, key, hash } = intents[index] as GiftIntent;
		const first = paid.get(`${sender.id}/${key}`);
		if (outcome === "conflict") expect(first?.hash).not.toBe(hash);
		expect(outcome).not.toBe("frozen");
	}
}

/** What stands in the tables must be what the paid gifts make. */
async function checkBooks(db: Sql, userIds: readonly string[]): Promise<void> {
	const records = await db.query<{ id: number; user_id: number; coins: number; combo: number }>(
		"SELECT id, user_id, coins, combo FROM gifts_records ORDER BY id"
	);
	for (const userId of userIds) {
		const own = records.filter((record) => String(record.user_id) === userId);
		const spent = own.reduce((sum, { coins }) => sum + Number(coins), 0);
		expect(await balanceOf(db, userId, "coins")).toBe(purse - spent);
	}
	const all = "SELECT COUNT(*) AS value FROM";
	expect(await numberOf(db, `${all} wallets_transfers WHERE kind = 'gift'`)).toBe(records.length);
	expect(await numberOf(db, `${all} outbox_messages WHERE channel = 'gifts.sent'`)).toBe(
		records.length
	);
	const orphans = `${all} gifts_records r WHERE NOT EXISTS (SELECT 1 FROM wallets_transfers t
		WHERE t.kind = 'gift' AND t.reference = CAST(r.id AS CHAR(20)))`;
	expect(await numberOf(db, orphans)).toBe(0);
	const income = await Promise.all(hosts.map((host) => balanceOf(db, host, "income")));
	const shares = records.map(({ coins }) => sharesOf(Number(coins), 30).host);
	const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
	expect(sum(income)).toBe(sum(shares));
	expect(await numberOf(db, "SELECT SUM(balance) AS value FROM wallets_accounts")).toBe(0);
	expect(await numberOf(db, "SELECT SUM(amount) AS value FROM wallets_entries")).toBe(0);
}

describe.each(sqlBackends)("sending gifts on $name", (backend) => {
	const open = databasesOf(backend, ["gifts", "wallets", "outbox"]);

	it.skipIf(!backend.available)("any storm pays each key once and keeps the books", async () => {
		const db = await open();
		let lastId = 0;
		let base = 1_000;
		const takeIds = async (count: number) => Array.from({ length: count }, () => String(++lastId));
		const storms = fc.array(plan, { minLength: 1, maxLength: 60 });
		await fc.assert(
			fc.asyncProperty(storms, async (plans) => {
				base += 10;
				const userIds = [1, 2, 3].map((user) => String(base + user));
				await fill(db, userIds);
				const nodes = [giftSending({ db, takeIds }), giftSending({ db, takeIds })] as const;
				const intents = plans.map((one) => intentOf(one, base));
				const send = (intent: GiftIntent, index: number) =>
					nodes[plans[index]?.node ?? 0].submit(intent);
				const storm = await Promise.all(intents.map(send));
				checkVerdicts(intents, storm);
				// All that was answered, told again: nothing is paid any more that was paid before.
				const again = await Promise.all(
					intents.map((intent, index) =>
						storm[index]?.outcome === "sent" ? send(intent, index) : storm[index]
					)
				);
				expect(again).toEqual(storm);
				await checkBooks(db, userIds);
				await Promise.all(nodes.map((node) => node.stop()));
			}),
			{ numRuns: 12 }
		);
	});
});
