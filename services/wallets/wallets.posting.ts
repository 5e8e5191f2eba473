/** Transfers on locked accounts: decided on a `Book`, then written by a few statements. */
import { limits } from "../../config/limits.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { newMessageId } from "../outbox/outbox.tx.ts";
import { type AccountState, Book } from "./wallets.book.ts";
import {
	type AccountColumn,
	findPosted,
	insertEntries,
	insertTransfers,
	type KnownTransfer,
	openAndLock,
	writeAccounts
} from "./wallets.model.ts";
import { type Posting, postingOf, type TransferRequest } from "./wallets.rules.ts";
import type { TransferVerdict } from "./wallets.tx.ts";

/** Locks the accounts of all requests and posts what can be posted, each with its own verdict. */
export async function postAll(
	tx: Transaction,
	requests: readonly TransferRequest[]
): Promise<TransferVerdict[]> {
	if (requests.length > limits.walletTransfersPerCallMax) {
		throw new TypeError("Too many transfers for one call.");
	}
	if (requests.length === 0) return [];
	const postings = requests.map(postingOf);
	const accounts = await openAndLock(
		tx,
		postings.flatMap(({ keys }) => keys)
	);
	return postLocked(tx, accounts, { postings });
}

export interface Work {
	readonly postings: readonly Posting[];
	/** Coins to set free on the book before anything is posted. */
	readonly prepare?: (book: Book) => void;
}

/**
 * Intents are looked up when the accounts are locked: whoever posted the same intent held those
 * locks and has committed. Only an intent that comes with two different sets of accounts at once
 * gets past that; the unique key stops it, and all is decided again with what is known now.
 */
export async function postLocked(
	tx: Transaction,
	accounts: readonly AccountState[],
	{ postings, prepare }: Work
): Promise<TransferVerdict[]> {
	const intents = postings.map(({ request }) => request.intent);
	for (;;) {
		const known = await findPosted(tx, intents);
		const book = new Book(accounts);
		prepare?.(book);
		const verdicts = decide(book, postings, known);
		if (await insertTransfers(tx, book.transfers)) {
			if (book.transfers.length > 0) await write(tx, book);
			return verdicts;
		}
	}
}

async function write(tx: Transaction, book: Book): Promise<void> {
	await insertEntries(tx, book.entries);
	const columns: AccountColumn[] = ["balance", "version", "hash"];
	await writeAccounts(tx, book.changed, book.hasHeld ? [...columns, "held"] : columns);
}

function decide(
	book: Book,
	postings: readonly Posting[],
	known: Map<string, KnownTransfer>
): TransferVerdict[] {
	const at = new Date();
	return postings.map((posting) => {
		const { request, requestHash, keys } = posting;
		const before = known.get(request.intent);
		if (before) return toldAgain(before, requestHash);
		const id = newMessageId(at.getTime());
		const refusal = book.post(posting, { id, at });
		if (refusal) return { outcome: refusal };
		known.set(request.intent, { id, requestHash });
		const balances = keys.map((key) => book.account(key.id).balance);
		return { outcome: "posted", transferId: id, balances };
	});
}

/** What is said when an intent comes that was posted before. */
export const toldAgain = (before: KnownTransfer, requestHash: string): TransferVerdict => ({
	outcome: before.requestHash === requestHash ? "repeated" : "conflict",
	transferId: before.id
});
