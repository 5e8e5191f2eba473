/** The tables `wallets_accounts`, `wallets_openings`, `wallets_transfers` and `wallets_entries`. */
import { limits } from "../../config/limits.ts";
import {
	isUniqueViolation,
	lockInOrder,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";
import type { AccountState, NewEntry, NewTransfer } from "./wallets.book.ts";
import { type AccountKey, type AccountKind, chainStart } from "./wallets.rules.ts";

export interface AccountRow {
	id: number;
	owner: number;
	kind: AccountKind;
	currency: string;
	balance: number;
	held: number;
	frozen: number;
	version: number;
	hash: string;
}

/** The rows of a statement, in parts that no packet or list of parameters is too small for. */
const inParts = function* <T>(rows: readonly T[], size: number): Generator<readonly T[]> {
	for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
};

const marks = (count: number): string => Array(count).fill("?").join(",");

/**
 * Opens what is missing of these accounts, locks all of them, lowest id first, and reads them.
 *
 * A locking read of a row that another transaction is just inserting would wait for it with the
 * lower rows locked, and a refused INSERT keeps a shared lock: both end as deadlocks. So nothing
 * is locked before all rows are known to be there, and those who open accounts take turns.
 */
export async function openAndLock(
	tx: Transaction,
	keys: readonly AccountKey[]
): Promise<AccountState[]> {
	const wanted = new Map(keys.map((key) => [key.id, key]));
	if ((await missing(tx, wanted)).length > 0) {
		await tx.query(`SELECT id FROM wallets_openings WHERE id = 1 ${tx.forUpdate}`);
		await insertAccounts(tx, await missing(tx, wanted));
	}
	return lockAccounts(tx, [...wanted.keys()]);
}

/** Locks accounts that are known to be open, lowest id first. */
export async function lockAccounts(
	tx: Transaction,
	ids: readonly number[]
): Promise<AccountState[]> {
	const rows = await lockInOrder<AccountRow>(tx, "wallets_accounts", ids.map(String));
	return rows.map(accountState);
}

async function missing(
	db: Queryable,
	wanted: ReadonlyMap<number, AccountKey>
): Promise<AccountKey[]> {
	const rows = await db.query<{ id: number }>(
		`SELECT id FROM wallets_accounts WHERE id IN (${marks(wanted.size)})`,
		[...wanted.keys()]
	);
	const found = new Set(rows.map(({ id }) => id));
	return [...wanted.values()].filter(({ id }) => !found.has(id));
}

async function insertAccounts(tx: Transaction, keys: readonly AccountKey[]): Promise<void> {
	for (const part of inParts(keys, limits.walletRowsPerStatementMax)) {
		await tx.execute(
			`INSERT INTO wallets_accounts
				(id, owner, kind, currency, balance, held, frozen, version, hash)
				VALUES ${placeholders(part.length, 9)}`,
			part.flatMap(({ id, owner, kind, currency }) => [
				...[id, Number(owner), kind, currency],
				...[0, 0, false, 0, chainStart]
			])
		);
	}
}

const accountState = (row: AccountRow): AccountState => ({
	...row,
	owner: String(row.owner),
	frozen: Boolean(row.frozen)
});

/** Those of the accounts that are open; without a lock, for showing. */
export async function readAccounts(
	db: Queryable,
	keys: readonly AccountKey[]
): Promise<AccountState[]> {
	if (keys.length === 0) return [];
	const rows = await db.query<AccountRow>(
		`SELECT id, owner, kind, currency, balance, held, frozen, version, hash
			FROM wallets_accounts WHERE id IN (${marks(keys.length)})`,
		keys.map(({ id }) => id)
	);
	return rows.map(accountState);
}

export interface KnownTransfer {
	readonly id: string;
	readonly requestHash: string;
}

/** Which of the intents were posted, by intent. */
export async function findPosted(
	db: Queryable,
	intents: readonly string[]
): Promise<Map<string, KnownTransfer>> {
	const found = new Map<string, KnownTransfer>();
	for (const part of inParts(intents, limits.walletRowsPerStatementMax)) {
		const rows = await db.query<{ id: string; intent: string; request_hash: string }>(
			`SELECT id, intent, request_hash FROM wallets_transfers
				WHERE intent IN (${marks(part.length)})`,
			part
		);
		for (const { id, intent, request_hash } of rows) {
			found.set(intent, { id, requestHash: request_hash });
		}
	}
	return found;
}

/** False when another transaction has just posted one of the intents; then nothing was inserted. */
export async function insertTransfers(
	tx: Transaction,
	transfers: readonly NewTransfer[]
): Promise<boolean> {
	if (transfers.length === 0) return true;
	try {
		await tx.execute(
			`INSERT INTO wallets_transfers (id, intent, request_hash, kind, reference, at)
				VALUES ${placeholders(transfers.length, 6)}`,
			transfers.flatMap(({ id, intent, requestHash, kind, reference, at }) => [
				...[id, intent, requestHash, kind, reference, at]
			])
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error, "wallets_transfers_intent")) return false;
		throw error;
	}
}

export async function insertEntries(tx: Transaction, entries: readonly NewEntry[]): Promise<void> {
	for (const part of inParts(entries, limits.walletRowsPerStatementMax)) {
		await tx.execute(
			`INSERT INTO wallets_entries
				(account_id, sequence, transfer_id, amount, balance_after, hash)
				VALUES ${placeholders(part.length, 6)}`,
			part.flatMap(({ accountId, sequence, transferId, amount, balanceAfter, hash }) => [
				...[accountId, sequence, transferId, amount, balanceAfter, hash]
			])
		);
	}
}

/** What a change of an account may touch. */
export type AccountColumn = "balance" | "held" | "version" | "hash";

/**
 * Writes locked accounts, many in one statement. The values are absolute because the rows are
 * locked and the CHECKs of the table see them before they are kept.
 */
export async function writeAccounts(
	tx: Transaction,
	accounts: readonly AccountState[],
	changing: readonly AccountColumn[]
): Promise<void> {
	for (const part of inParts(accounts, limits.walletAccountsPerUpdateMax)) {
		const cases = "WHEN ? THEN ? ".repeat(part.length);
		const { affectedRows } = await tx.execute(
			`UPDATE wallets_accounts
				SET ${changing.map((column) => `${column} = CASE id ${cases}END`).join(", ")}
				WHERE id IN (${marks(part.length)})`,
			[
				...changing.flatMap((column) => part.flatMap((account) => [account.id, account[column]])),
				...part.map(({ id }) => id)
			]
		);
		if (affectedRows !== part.length) throw new Error("A locked account is gone.");
	}
}

export async function writeFrozen(
	tx: Transaction,
	accountIds: readonly number[],
	frozen: boolean
): Promise<void> {
	await tx.execute(
		`UPDATE wallets_accounts SET frozen = ? WHERE id IN (${marks(accountIds.length)})`,
		[frozen, ...accountIds]
	);
}
