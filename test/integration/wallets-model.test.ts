/** Random lives of the ledger beside one in memory: G1, G2 and G5 after every step. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { expireHolds } from "../../services/wallets/wallets.holds.ts";
import { keyOf } from "../../services/wallets/wallets.rules.ts";
import {
	type Account,
	type HoldRequest,
	hold,
	postHold,
	postTransfers,
	type TransferRequest,
	voidHold
} from "../../services/wallets/wallets.tx.ts";
import { verifyLedger } from "../../services/wallets/wallets.verify.ts";
import { sqlBackends } from "../harness/backends.ts";
import { databasesOf } from "../harness/databases.ts";
import { ModelLedger, nameOf } from "./wallets-ledger.ts";
import { accounts, beginning, cash, type Step, step, users } from "./wallets-steps.ts";

class Real {
	readonly #sql: Sql;
	readonly #model = new ModelLedger();
	readonly #holdIds = new Map<string, string>();
	readonly #taken: Exclude<Step, { do: "again" }>[] = [];
	readonly #seen: Set<string>;

	/** `seen` gathers what happened, so that the test can tell that all of it did. */
	constructor(sql: Sql, seen: Set<string>) {
		this.#sql = sql;
		this.#seen = seen;
	}

	async take(next: Step): Promise<void> {
		const each = next.do === "again" ? this.#taken.at(-1 - next.back) : next;
		if (!each) return;
		this.#taken.push(each);
		const [expected, found] = await this.#both(each);
		expect(found, JSON.stringify(each)).toEqual(expected);
		for (const outcome of found) this.#seen.add(`${each.do}: ${outcome}`);
	}

	async #both(
		each: Exclude<Step, { do: "again" }>
	): Promise<[expected: string[], found: string[]]> {
		const model = this.#model;
		switch (each.do) {
			case "transfers": {
				const expected = each.requests.map((request) => model.transfer(request));
				const verdicts = await this.#sql.transaction((tx) => postTransfers(tx, each.requests));
				this.#checkBalances(each.requests, verdicts);
				return [expected, verdicts.map(({ outcome }) => outcome)];
			}
			case "hold": {
				const verdict = await this.#sql.transaction((tx) => hold(tx, each.request));
				if ("holdId" in verdict) this.#holdIds.set(each.request.intent, verdict.holdId);
				return [[model.hold(each.request)], [verdict.outcome]];
			}
			case "post":
				return this.#post(each);
			case "void": {
				const name = this.#holdAt(each.hold);
				const holdId = this.#holdIds.get(name) ?? "none";
				const verdict = await this.#sql.transaction((tx) => voidHold(tx, holdId));
				return [[model.void(name)], [told(verdict)]];
			}
			case "expire":
				model.expire(new Date());
				await expireHolds(this.#sql, { now: new Date(), countMax: 100 });
				return [[], []];
			case "freeze":
				return this.#freeze(each.account, each.frozen);
		}
	}

	/** One of the holds, or one that is none. */
	#holdAt(place: number): string {
		const names = [...this.#model.holds.keys()];
		return names[place % (names.length + 1)] ?? "none";
	}

	async #post(each: {
		hold: number;
		amount: number;
		intent: string;
	}): Promise<[string[], string[]]> {
		const name = this.#holdAt(each.hold);
		const request = this.#model.holds.get(name)?.request;
		const account = request?.account ?? (users[0] as HoldRequest["account"]);
		const coins = Math.min(each.amount, request?.amount ?? each.amount);
		const transferOf: TransferRequest = {
			...{ intent: each.intent, kind: "order", reference: each.intent },
			legs: [
				{ account, amount: -coins },
				{ account: { system: "platform", currency: "COIN" }, amount: coins }
			]
		};
		const holdId = this.#holdIds.get(name) ?? "none";
		const verdict = await this.#sql.transaction((tx) =>
			postHold(tx, { holdId, transfer: transferOf })
		);
		return [[this.#model.post(name, transferOf, new Date())], [told(verdict)]];
	}

	/** The last transfer of a batch says what the accounts hold after all of it. */
	#checkBalances(
		requests: readonly TransferRequest[],
		verdicts: readonly { outcome: string; balances?: readonly number[] }[]
	): void {
		const last = verdicts.findLastIndex(({ outcome }) => outcome === "posted");
		if (last === -1) return;
		const expected = requests[last]?.legs.map(({ account }) => this.#model.place(account).balance);
		expect(verdicts[last]?.balances).toEqual(expected);
	}

	async #freeze(account: Account, frozen: boolean): Promise<[string[], string[]]> {
		// Of an account that is not open yet there is nothing to freeze.
		const { affectedRows } = await this.#sql.execute(
			"UPDATE wallets_accounts SET frozen = ? WHERE id = ?",
			[frozen, keyOf(account).id]
		);
		if (affectedRows === 1) this.#model.place(account).frozen = frozen;
		return [[], []];
	}

	async checkInvariants(): Promise<void> {
		const { faults } = await verifyLedger(this.#sql);
		expect(faults).toEqual([]);
		const rows = await this.#sql.query<{ id: number; balance: number; held: number }>(
			"SELECT id, balance, held FROM wallets_accounts"
		);
		for (const account of [...accounts, ...cash]) {
			const row = rows.find(({ id }) => id === keyOf(account).id);
			const { balance, held } = this.#model.place(account);
			const found = { balance: row?.balance ?? 0, held: row?.held ?? 0 };
			expect(found, nameOf(account)).toEqual({ balance, held });
		}
		// Sums do not see what was applied twice, so transfers and their entries are counted.
		const applied = await this.#sql.query<{ intent: string; entries: number }>(
			`SELECT t.intent, COUNT(*) AS entries FROM wallets_transfers t
				JOIN wallets_entries e ON e.transfer_id = t.id GROUP BY t.id, t.intent ORDER BY t.intent`
		);
		const expected = [...this.#model.posted].map(([name, { legs }]) => ({
			intent: name,
			entries: legs.filter(({ amount: coins }) => coins !== 0).length
		}));
		expect(applied).toEqual(expected.sort((left, right) => (left.intent < right.intent ? -1 : 1)));
		const states = await this.#sql.query<{ intent: string; state: string }>(
			"SELECT intent, state FROM wallets_holds"
		);
		expect(new Map(states.map((row) => [row.intent, row.state]))).toEqual(
			new Map([...this.#model.holds].map(([name, { state }]) => [name, state]))
		);
	}
}

const told = (verdict: { outcome: string; state?: string }): string =>
	verdict.outcome === "resolved" ? `resolved ${verdict.state}` : verdict.outcome;

/** Everything that can happen; a run in which it does not happen proves little. */
const everything = [
	...["posted", "insufficient", "frozen", "repeated", "conflict"].map((o) => `transfers: ${o}`),
	...["held", "insufficient", "frozen", "repeated", "conflict"].map((o) => `hold: ${o}`),
	...["posted", "frozen", "repeated", "conflict", "unknown"].map((o) => `post: ${o}`),
	...["expired", "void", "posted"].map((state) => `post: resolved ${state}`),
	...["voided", "unknown"].map((o) => `void: ${o}`)
];

const tables = ["entries", "transfers", "holds", "accounts"];

describe.each(sqlBackends)("the ledger beside its model on $name", (backend) => {
	const open = databasesOf(backend, ["wallets"]);

	it.skipIf(!backend.available)(
		"never differs, whatever happens in whatever order",
		{ timeout: 120_000 },
		async () => {
			const sql = (await open()) as Sql;
			const seen = new Set<string>();
			const life = fc.asyncProperty(
				fc.array(step, { minLength: 30, maxLength: 50 }),
				async (steps) => {
					for (const table of tables) await sql.execute(`DELETE FROM wallets_${table}`);
					const real = new Real(sql, seen);
					for (const each of [beginning, ...steps]) {
						await real.take(each);
						await real.checkInvariants();
					}
				}
			);
			await fc.assert(life, { numRuns: 60 });
			expect(everything.filter((outcome) => !seen.has(outcome))).toEqual([]);
		}
	);
});
