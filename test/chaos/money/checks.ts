/** What must hold after the storm. */
import { expect } from "vitest";
import type { Sql } from "../../../mixins/sql/index.ts";
import { until } from "../../harness/until.ts";
import { type BookedGift, type Books, countOf, readRanks } from "./books.ts";
import { price, type Settled } from "./storm.ts";

/** Each intent that was answered as paid has one transfer; each that was refused has none. */
export function checkIntents(settled: readonly Settled[], books: Books): void {
	const counts = new Map<string, number>();
	for (const { intent } of books.transfers) counts.set(intent, (counts.get(intent) ?? 0) + 1);
	const byIntent = new Map(books.transfers.map((transfer) => [transfer.intent, transfer]));
	const paid = new Set<string>();
	const wrong: object[] = [];
	for (const { intent, answer } of settled) {
		const name = `gift:${intent.giver.id}:${intent.key}`;
		const transfer = byIntent.get(name);
		const record = books.records.get(intent.key);
		const expected = answer === null ? 0 : 1;
		if (answer !== null) paid.add(name);
		const [amount, after] = transfer?.entries.get(intent.giver.id) ?? [];
		const told =
			answer === null ||
			(transfer?.reference === answer.id &&
				record?.id === answer.id &&
				record.balance === answer.balance &&
				amount === -price * intent.count &&
				after === answer.balance);
		if ((counts.get(name) ?? 0) !== expected || !told) {
			wrong.push({ name, times: counts.get(name), answer, record, transfer });
		}
	}
	expect(wrong.slice(0, 5)).toEqual([]);
	// Nothing else has moved: no transfer and no record that nobody was told of.
	expect(books.transfers.length).toBe(paid.size);
	expect(books.recordCount).toBe(paid.size);
	expect(settled.some(({ answer }) => answer === null)).toBe(true);
}

const sumBy = (
	gifts: Iterable<BookedGift>,
	keyOf: (gift: BookedGift) => string,
	amountOf: (gift: BookedGift) => number
): Map<string, number> => {
	const sums = new Map<string, number>();
	for (const gift of gifts) sums.set(keyOf(gift), (sums.get(keyOf(gift)) ?? 0) + amountOf(gift));
	return sums;
};

interface Start {
	/** Coins that each giver began with. */
	readonly coins: ReadonlyMap<string, number>;
}

/** Every balance is what it began with and what the gifts did to it; all of them sum to nothing. */
export async function checkBalances(db: Sql, books: Books, { coins }: Start): Promise<void> {
	const rows = await db.query<{ owner: number; kind: string; balance: number }>(
		"SELECT owner, kind, balance FROM wallets_accounts"
	);
	const balances = new Map(rows.map((row) => [`${row.kind}/${row.owner}`, Number(row.balance)]));
	const gifts = [...books.records.values()];
	const spent = sumBy(
		gifts,
		({ userId }) => userId,
		(gift) => gift.coins
	);
	const earned = sumBy(
		gifts,
		({ hostId }) => hostId,
		(gift) => gift.hostCoins
	);
	const expected = new Map<string, number>();
	for (const [id, start] of coins) expected.set(`coins/${id}`, start - (spent.get(id) ?? 0));
	for (const [id, income] of earned) expected.set(`income/${id}`, income);
	const kept = gifts.reduce((sum, gift) => sum + gift.coins - gift.hostCoins, 0);
	expected.set("platform/0", kept);
	expected.set("world/0", -[...coins.values()].reduce((sum, start) => sum + start, 0));
	expect(sorted(balances)).toEqual(sorted(expected));
	expect([...balances.values()].reduce((sum, balance) => sum + balance, 0)).toBe(0);
}

/** Each gift was counted once, however often its message came. */
export async function checkRanks(db: Sql, books: Books): Promise<void> {
	const gifts = [...books.records.values()];
	const isCounted = "outbox_consumed WHERE consumer = 'ranks/1'";
	await until(async () => (await countOf(db, isCounted)) >= gifts.length, 60_000);
	await until(async () => (await countOf(db, "outbox_messages")) === 0, 60_000);
	expect(await countOf(db, isCounted)).toBe(gifts.length);
	expect(await countOf(db, "outbox_dead_letters")).toBe(0);
	const expected = new Map([
		...sumBy(
			gifts,
			(gift) => `fans/${gift.hostId}/${gift.userId}`,
			(gift) => gift.coins
		),
		...sumBy(
			gifts,
			(gift) => `session/${gift.sessionId}/${gift.userId}`,
			(gift) => gift.coins
		)
	]);
	const ranks = [...(await readRanks(db))].filter(([board]) => !board.startsWith("day/"));
	expect(sorted(ranks)).toEqual(sorted(expected));
}

const sorted = (sums: Iterable<[string, number]>): [string, number][] =>
	[...sums].sort(([left], [right]) => (left < right ? -1 : 1));
