/**
 * Checks the whole ledger: every account against the chain of its entries, every transfer against
 * what was asked, and the sums. It may run beside a busy platform: entries are never changed, so
 * an account is checked up to where it stood when its row was read.
 *
 * Sums alone do not see a transfer that was applied twice, so each kind and reference is counted
 * too. Who can write all tables and knows this code can make a new chain; the backup of another
 * day, and the audit log, are the witnesses against that.
 */
import { limits } from "../../config/limits.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import type { AccountRow } from "./wallets.model.ts";
import { chainStart, entryHash, isSystem, keyOf, requestHashOf } from "./wallets.rules.ts";
import {
	accountsAfter,
	countHolds,
	type EntryRow,
	entriesAfter,
	type LegRow,
	legsOfTransfers,
	readTotals,
	type TransferRow,
	totals,
	transfersAfter
} from "./wallets.verify.model.ts";

/**
 * - `account`: its row is not that of its owner, or more is held than there is
 * - `missing`: an entry is gone
 * - `entry`: an entry or its transfer does not say what it said when it was written
 * - `balance`: the row does not say what its last entry says
 * - `transfer`: its entries are not what was asked, or do not sum to zero
 * - and those of `totals`
 */
export type FaultReason =
	| "account"
	| "missing"
	| "entry"
	| "balance"
	| "transfer"
	| keyof typeof totals;

export interface Fault {
	readonly reason: FaultReason;
	/** Account id, transfer id, currency or whatever the reason is about. */
	readonly place: string;
	readonly found: string;
}

export interface Verification {
	readonly accounts: number;
	readonly entries: number;
	readonly transfers: number;
	readonly holds: number;
	/** At most `limits.walletFaultsShownMax`. */
	readonly faults: readonly Fault[];
}

export async function verifyLedger(db: Queryable): Promise<Verification> {
	const check = new Check(db);
	await check.accounts();
	await check.transfers();
	await check.totals();
	const { accountCount, entryCount, transferCount, faults } = check;
	return {
		...{ accounts: accountCount, entries: entryCount, transfers: transferCount },
		...{ holds: await countHolds(db), faults }
	};
}

class Check {
	readonly faults: Fault[] = [];
	accountCount = 0;
	entryCount = 0;
	transferCount = 0;
	readonly #db: Queryable;

	constructor(db: Queryable) {
		this.#db = db;
	}

	#fault(reason: FaultReason, place: string | number, found: string | number): void {
		if (this.faults.length >= limits.walletFaultsShownMax) return;
		this.faults.push({ reason, place: String(place), found: String(found) });
	}

	async accounts(): Promise<void> {
		let last = 0;
		for (;;) {
			const rows = await accountsAfter(this.#db, last, limits.walletVerifyRowsPerRead);
			for (const row of rows) {
				this.accountCount += 1;
				if (!isItsOwn(row)) this.#fault("account", row.id, `${row.kind} of ${row.owner}`);
				await this.#chain(row);
				last = row.id;
			}
			if (rows.length < limits.walletVerifyRowsPerRead) return;
		}
	}

	/** Walks the entries of an account up to where it stood when its row was read. */
	async #chain({ id, version, balance, hash }: AccountRow): Promise<void> {
		let last = { sequence: 0, balance: 0, hash: chainStart };
		while (last.sequence < version) {
			const rows = await entriesAfter(this.#db, {
				...{ id, sequence: last.sequence, until: version },
				count: limits.walletVerifyRowsPerRead
			});
			for (const row of rows) {
				this.entryCount += 1;
				const place = `${id}:${last.sequence + 1}`;
				if (row.sequence !== last.sequence + 1) return this.#fault("missing", place, row.sequence);
				if (!follows(row, last)) return this.#fault("entry", place, row.transfer_id);
				last = { sequence: row.sequence, balance: row.balance_after, hash: row.hash };
			}
			if (rows.length === 0) return this.#fault("missing", `${id}:${last.sequence + 1}`, "none");
		}
		if (last.balance !== balance || last.hash !== hash) this.#fault("balance", id, balance);
	}

	async transfers(): Promise<void> {
		let last = "";
		for (;;) {
			const rows = await transfersAfter(this.#db, last, limits.walletVerifyRowsPerRead);
			if (rows.length === 0) return;
			const ids = rows.map(({ id }) => id);
			const legs = Map.groupBy(await legsOfTransfers(this.#db, ids), (leg) => leg.transfer_id);
			for (const row of rows) {
				this.transferCount += 1;
				if (!isAsAsked(row, legs.get(row.id) ?? [])) {
					this.#fault("transfer", row.id, `${row.kind} ${row.reference}`);
				}
				last = row.id;
			}
		}
	}

	async totals(): Promise<void> {
		for (const name of Object.keys(totals) as (keyof typeof totals)[]) {
			const rows = await readTotals(this.#db, name, limits.walletFaultsShownMax);
			for (const { place, found } of rows) this.#fault(name, place, found);
		}
	}
}

function isItsOwn({ id, owner, kind, currency, balance, held }: AccountRow): boolean {
	if (held < 0 || (!isSystem(kind) && balance < held)) return false;
	try {
		const key =
			kind === "coins" || kind === "income"
				? keyOf({ userId: String(owner), kind })
				: keyOf({ system: kind, currency });
		return key.id === id && key.owner === String(owner) && key.currency === currency;
	} catch {
		return false;
	}
}

function follows(row: EntryRow, last: { balance: number; hash: string }): boolean {
	const { intent, request_hash: requestHash, at } = row;
	if (intent === null || requestHash === null || at === null) return false;
	if (row.balance_after !== last.balance + row.amount) return false;
	const said = {
		...{ accountId: row.account_id, sequence: row.sequence, amount: row.amount },
		...{ balanceAfter: row.balance_after, transferId: row.transfer_id, intent, requestHash, at }
	};
	return row.hash === entryHash(last.hash, said);
}

function isAsAsked({ kind, reference, request_hash }: TransferRow, legs: LegRow[]): boolean {
	const sums = new Map<string | null, number>();
	for (const { currency, amount } of legs) {
		sums.set(currency, (sums.get(currency) ?? 0) + amount);
	}
	if (sums.has(null) || [...sums.values()].some((sum) => sum !== 0)) return false;
	const entries = legs.map(({ account_id, amount }) => ({ key: { id: account_id }, amount }));
	return request_hash === requestHashOf(kind, reference, entries);
}
