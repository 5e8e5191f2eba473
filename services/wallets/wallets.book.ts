/**
 * The accounts of one transaction as they are while it decides: what is posted on them here is
 * written by a few statements at the end. Pure: no database, no clock.
 */
import {
	type AccountKey,
	type AccountKind,
	entryHash,
	isSystem,
	type Posting
} from "./wallets.rules.ts";

export interface AccountState extends AccountKey {
	readonly kind: AccountKind;
	readonly balance: number;
	readonly held: number;
	readonly frozen: boolean;
	/** How many entries it has. */
	readonly version: number;
	/** Hash of the last entry. */
	readonly hash: string;
}

export interface NewTransfer {
	readonly id: string;
	readonly intent: string;
	readonly requestHash: string;
	readonly kind: string;
	readonly reference: string;
	readonly at: Date;
}

export interface NewEntry {
	readonly accountId: number;
	readonly sequence: number;
	readonly transferId: string;
	readonly amount: number;
	readonly balanceAfter: number;
	readonly hash: string;
}

/** Who says no, or nothing when it was posted. */
export type Refusal = "insufficient" | "frozen" | undefined;

export class Book {
	readonly transfers: NewTransfer[] = [];
	readonly entries: NewEntry[] = [];
	readonly #accounts: Map<number, AccountState>;
	readonly #changed = new Set<number>();
	#hasHeld = false;

	constructor(accounts: readonly AccountState[]) {
		this.#accounts = new Map(accounts.map((account) => [account.id, account]));
	}

	/** The accounts that are no longer as they were read. */
	get changed(): AccountState[] {
		return [...this.#changed].map((id) => this.account(id));
	}

	/** Whether coins were set aside or given free. */
	get hasHeld(): boolean {
		return this.#hasHeld;
	}

	/** Throws for an account that this transaction has not locked. */
	account(id: number): AccountState {
		const account = this.#accounts.get(id);
		if (!account) throw new Error("An account is used without its lock.");
		return account;
	}

	/** What may be spent of an account. */
	available(id: number): number {
		const { balance, held } = this.account(id);
		return balance - held;
	}

	/** Posts all of it or nothing. */
	post(posting: Posting, { id, at }: { id: string; at: Date }): Refusal {
		const { request, entries, requestHash } = posting;
		const refusal = this.#refusal(posting);
		if (refusal) return refusal;
		const { intent, kind, reference } = request;
		this.transfers.push({ id, intent, requestHash, kind, reference, at });
		for (const { key, amount } of entries) {
			const { version, balance, hash: previous } = this.account(key.id);
			const said = {
				accountId: key.id,
				sequence: version + 1,
				amount,
				balanceAfter: balance + amount,
				transferId: id
			};
			if (!Number.isSafeInteger(said.balanceAfter)) throw new RangeError("A balance overflows.");
			const hash = entryHash(previous, { ...said, intent, requestHash, at });
			this.entries.push({ ...said, hash });
			this.#change(key.id, { balance: said.balanceAfter, version: said.sequence, hash });
		}
		return undefined;
	}

	#refusal({ request, entries }: Posting): Refusal {
		const debits = entries.filter(({ key, amount }) => amount < 0 && !isSystem(key.kind));
		const frozen = debits.some(({ key }) => this.account(key.id).frozen);
		if (frozen && !request.evenFrozen) return "frozen";
		const short = debits.some(({ key, amount }) => this.available(key.id) + amount < 0);
		return short ? "insufficient" : undefined;
	}

	/** Sets coins aside, or gives them free (below zero). */
	addHeld(id: number, amount: number): void {
		const { held } = this.account(id);
		if (held + amount < 0) throw new RangeError("More is set free than was held.");
		this.#hasHeld = true;
		this.#change(id, { held: held + amount });
	}

	#change(id: number, change: Partial<AccountState>): void {
		this.#accounts.set(id, { ...this.account(id), ...change });
		this.#changed.add(id);
	}
}
