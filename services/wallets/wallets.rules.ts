/** What a transfer may be, where its accounts are, and the hashes that hold the ledger together. */
import { hash } from "node:crypto";
import { limits } from "../../config/limits.ts";

/** The currency of coins; money has that of ISO 4217. */
export const coinCurrency = "COIN";

export interface UserAccount {
	readonly userId: string;
	/** `coins`: bought, to be spent. `income`: earned as a host, to be withdrawn. Both in coins. */
	readonly kind: "coins" | "income";
}

export interface SystemAccount {
	/**
	 * - `platform`: what is the platform's own
	 * - `world`: where bought coins come from and withdrawn ones go to; below zero by what is out
	 * - `provider`: money that a payment provider holds for us
	 * - `escrow`: what buyers have paid for goods that they do not have yet; never below zero
	 */
	readonly system: "platform" | "world" | "provider" | "escrow";
	readonly currency: string;
}

export type Account = UserAccount | SystemAccount;

export interface Leg {
	readonly account: Account;
	/** Signed. A leg of 0 is allowed (a share that rounds to nothing) and makes no entry. */
	readonly amount: number;
}

export interface TransferRequest {
	/** Unique for ever, e.g. `"gift:<userId>:<key>"` or `"recharge:<id>"`. */
	readonly intent: string;
	/** `"gift"`, `"recharge"`, `"order"` …: shown to people in their wallet. */
	readonly kind: string;
	/** Id of the gift, recharge, order …; one transfer per kind and reference, ever. */
	readonly reference: string;
	/** At most one per account; they sum to zero in each currency. */
	readonly legs: readonly Leg[];
	/** Debits frozen accounts too. For corrections by operators, never for what users start. */
	readonly evenFrozen?: boolean;
}

export type AccountKind = UserAccount["kind"] | SystemAccount["system"];

/** Where an account's row is. */
export interface AccountKey {
	readonly id: number;
	/** The user; `"0"` is the platform. */
	readonly owner: string;
	readonly kind: AccountKind;
	readonly currency: string;
}

/** System accounts are hot, so they come after all others and are locked last. */
const systemIdMin = 2 ** 52;
const systemKinds = ["platform", "world", "provider", "escrow"] as const;
const userIdMax = 2 ** 50;

/**
 * Ids of accounts are computed, not handed out: nothing has to be looked up, and two that open the
 * same account at once mean the same row.
 */
export function keyOf(account: Account): AccountKey {
	if ("system" in account) {
		const { system, currency } = account;
		const id = systemIdMin + currencyNumber(currency) * 4 + systemKinds.indexOf(system);
		return { id, owner: "0", kind: system, currency };
	}
	const { userId, kind } = account;
	if (!canOwn(userId)) throw new TypeError("That user id has no account.");
	const id = Number(userId) * 2 + (kind === "income" ? 1 : 0);
	return { id, owner: userId, kind, currency: coinCurrency };
}

export const isSystem = (kind: string): boolean =>
	(systemKinds as readonly string[]).includes(kind);

/** False for ids that no user will ever have. */
export const canOwn = (userId: string): boolean =>
	/^[1-9][0-9]{0,15}$/.test(userId) && Number(userId) < userIdMax;

/** The letters of a currency as a number in base 27. */
function currencyNumber(currency: string): number {
	if (!/^[A-Z]{3,8}$/.test(currency)) throw new TypeError("The currency is malformed.");
	let number = 0;
	for (const letter of currency) number = number * 27 + (letter.charCodeAt(0) - 64);
	return number;
}

export interface Entry {
	readonly key: AccountKey;
	readonly amount: number;
}

/** A request as the ledger writes it: checked, without empty legs, lowest account first. */
export interface Posting {
	readonly request: TransferRequest;
	/** The accounts of all legs, in the order of the request. */
	readonly keys: readonly AccountKey[];
	readonly entries: readonly Entry[];
	/** Over kind, reference and entries: the same intent must always come with the same. */
	readonly requestHash: string;
}

/** Throws `TypeError` for what is a bug of the caller. */
export function postingOf(request: TransferRequest): Posting {
	const { intent, kind, reference, legs } = request;
	if (legs.length > limits.walletLegsMax) throw new TypeError("A transfer has too many legs.");
	checkWords({ intent, kind, reference });
	const all = legs.map(({ account, amount }) => ({ key: keyOf(account), amount }));
	const entries = all
		.filter(({ amount }) => amount !== 0)
		.sort((left, right) => left.key.id - right.key.id);
	checkSums(entries);
	const requestHash = requestHashOf(kind, reference, entries);
	return { request, keys: all.map(({ key }) => key), entries, requestHash };
}

export function checkWords(words: { intent: string; kind: string; reference: string }): void {
	const bounds = {
		intent: limits.walletIntentCharactersMax,
		kind: limits.walletKindCharactersMax,
		reference: limits.walletReferenceCharactersMax
	};
	for (const name of ["intent", "kind", "reference"] as const) {
		const word = words[name];
		if (!/^[\x21-\x7e]+$/.test(word) || word.length > bounds[name]) {
			throw new TypeError(`The ${name} of a transfer or hold is malformed.`);
		}
	}
}

export function checkAmount(amount: number): void {
	if (!Number.isSafeInteger(amount) || Math.abs(amount) > limits.coinsMax) {
		throw new TypeError("An amount is not a whole number within its bounds.");
	}
}

function checkSums(entries: readonly Entry[]): void {
	const sums = new Map<string, number>();
	let last: number | undefined;
	for (const { key, amount } of entries) {
		checkAmount(amount);
		if (key.id === last) throw new TypeError("An account stands twice in one transfer.");
		last = key.id;
		sums.set(key.currency, (sums.get(key.currency) ?? 0) + amount);
	}
	if (sums.size === 0) throw new TypeError("A transfer moves nothing.");
	for (const sum of sums.values()) {
		if (sum !== 0) throw new TypeError("The legs of a transfer do not sum to zero.");
	}
}

const sha256 = (text: string): string => hash("sha256", text, "base64url");

export function requestHashOf(
	kind: string,
	reference: string,
	entries: readonly { readonly key: { readonly id: number }; readonly amount: number }[]
): string {
	const said = entries.map(({ key, amount }) => [key.id, amount]);
	return sha256(JSON.stringify([kind, reference, said]));
}

/** Everything that an entry says, and through `requestHash` everything that its transfer says. */
export interface ChainedEntry {
	readonly accountId: number;
	/** 1, 2, 3 … within the account. */
	readonly sequence: number;
	readonly amount: number;
	readonly balanceAfter: number;
	readonly transferId: string;
	readonly intent: string;
	readonly requestHash: string;
	readonly at: Date;
}

/** What stands before the first entry of an account. */
export const chainStart = "0".repeat(43);

/** The hash of an entry carries that of the entry before it in the same account. */
export function entryHash(previousHash: string, entry: ChainedEntry): string {
	return sha256(
		JSON.stringify([
			previousHash,
			entry.accountId,
			entry.sequence,
			entry.amount,
			entry.balanceAfter,
			entry.transferId,
			entry.intent,
			entry.requestHash,
			// Milliseconds: a forged time that is none at all gives another hash, not an exception.
			Number(entry.at)
		])
	);
}
