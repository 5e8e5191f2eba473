/**
 * Holds: coins set aside until they are spent, given back, or their time is over. Whoever resolves
 * one locks it before the account, so that it is resolved at most once.
 */
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import { newMessageId } from "../outbox/outbox.tx.ts";
import { Book } from "./wallets.book.ts";
import {
	findExpired,
	findHold,
	type Hold,
	insertHold,
	lockHold,
	resolveHold
} from "./wallets.holds.model.ts";
import { findPosted, lockAccounts, openAndLock, writeAccounts } from "./wallets.model.ts";
import { postLocked, toldAgain } from "./wallets.posting.ts";
import {
	checkAmount,
	checkWords,
	keyOf,
	type Posting,
	postingOf,
	requestHashOf
} from "./wallets.rules.ts";
import type {
	HoldRequest,
	HoldVerdict,
	PostHoldRequest,
	PostHoldVerdict,
	VoidHoldVerdict
} from "./wallets.tx.ts";

export async function holdCoins(tx: Transaction, request: HoldRequest): Promise<HoldVerdict> {
	const added = newHold(request);
	const accounts = await openAndLock(tx, [keyOf(request.account)]);
	for (;;) {
		const before = await findHold(tx, request.intent);
		if (before) {
			const { id: holdId, state } = before;
			if (before.requestHash !== added.requestHash) return { outcome: "conflict", holdId };
			return { outcome: "repeated", holdId, state };
		}
		const book = new Book(accounts);
		if (book.account(added.accountId).frozen) return { outcome: "frozen" };
		if (book.available(added.accountId) < added.amount) return { outcome: "insufficient" };
		if (!(await insertHold(tx, added))) continue;
		book.addHeld(added.accountId, added.amount);
		await writeAccounts(tx, book.changed, ["held"]);
		return { outcome: "held", holdId: added.id };
	}
}

/** Throws `TypeError` for what is a bug of the caller. */
function newHold({ intent, kind, reference, account, amount, expiresAt }: HoldRequest): Hold {
	checkWords({ intent, kind, reference });
	checkAmount(amount);
	if (amount <= 0) throw new TypeError("A hold is above zero.");
	const key = keyOf(account);
	const heldAt = new Date();
	return {
		...{ id: newMessageId(heldAt.getTime()), intent, kind, reference, amount },
		accountId: key.id,
		// Without the end: who tells it again reckons that anew.
		requestHash: requestHashOf(kind, reference, [{ key, amount }]),
		...{ state: "pending", heldAt, expiresAt }
	};
}

export async function postHeld(
	tx: Transaction,
	{ holdId, transfer }: PostHoldRequest
): Promise<PostHoldVerdict> {
	const posting = postingOf(transfer);
	const found = await lockHold(tx, holdId);
	if (!found) return { outcome: "unknown" };
	checkTaken(found, posting);
	if (found.state !== "pending") {
		const before = (await findPosted(tx, [transfer.intent])).get(transfer.intent);
		if (before) return toldAgain(before, posting.requestHash);
		return { outcome: "resolved", state: found.state };
	}
	if (found.expiresAt.getTime() <= Date.now()) {
		await release(tx, found, "expired");
		return { outcome: "resolved", state: "expired" };
	}
	const accounts = await openAndLock(tx, posting.keys);
	const [verdict] = await postLocked(tx, accounts, {
		postings: [posting],
		prepare: (book) => book.addHeld(found.accountId, -found.amount)
	});
	if (!verdict) throw new Error("A transfer has no verdict.");
	if (verdict.outcome === "posted") {
		const { transferId } = verdict;
		await resolveHold(tx, found.id, { state: "posted", at: new Date(), transferId });
	}
	return verdict;
}

function checkTaken({ accountId, amount }: Hold, { entries }: Posting): void {
	const taken = entries.find(({ key }) => key.id === accountId)?.amount ?? 0;
	if (taken >= 0) throw new TypeError("The transfer takes nothing from the account of the hold.");
	if (-taken > amount) throw new TypeError("The transfer takes more than was held.");
}

export async function releaseHeld(
	tx: Transaction,
	holdId: string,
	state: "void" | "expired"
): Promise<VoidHoldVerdict> {
	const found = await lockHold(tx, holdId);
	if (!found) return { outcome: "unknown" };
	if (found.state !== "pending") return { outcome: "resolved", state: found.state };
	await release(tx, found, state);
	return { outcome: "voided" };
}

async function release(tx: Transaction, held: Hold, state: "void" | "expired"): Promise<void> {
	const book = new Book(await lockAccounts(tx, [held.accountId]));
	book.addHeld(held.accountId, -held.amount);
	await writeAccounts(tx, book.changed, ["held"]);
	await resolveHold(tx, held.id, { state, at: new Date(), transferId: null });
}

/**
 * Gives free what is held past its time; returns how many holds it were. Two nodes may do it at
 * once: each hold is looked at again under its lock.
 */
export async function expireHolds(
	db: Sql,
	{ now, countMax }: { now: Date; countMax: number }
): Promise<number> {
	const due = await findExpired(db, now, countMax);
	for (const id of due) await db.transaction((tx) => releaseHeld(tx, id, "expired"));
	return due.length;
}
