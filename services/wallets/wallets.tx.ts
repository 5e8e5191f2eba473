/**
 * The steps of the ledger that other services run inside their own transaction, so that a gift and
 * its coins, an order and its payment, commit together or not at all.
 *
 * One step per transaction where it can be: each locks its accounts in ascending order, and a
 * second step of the same transaction can meet another in the wrong order. That ends as a deadlock
 * which the transaction is run again for, not as a loss. `docs/MONEY.md` tells the whole story.
 */
import type { Transaction } from "../../mixins/sql/index.ts";
import { holdCoins, postHeld, releaseHeld } from "./wallets.holds.ts";
import { postAll } from "./wallets.posting.ts";
import type { TransferRequest, UserAccount } from "./wallets.rules.ts";

export type { Account, Leg, SystemAccount, TransferRequest, UserAccount } from "./wallets.rules.ts";
export { coinCurrency } from "./wallets.rules.ts";

export type TransferVerdict =
	| {
			readonly outcome: "posted";
			readonly transferId: string;
			/** The balance of each leg's account after it, held coins included. */
			readonly balances: readonly number[];
	  }
	/** Nothing was written: the same intent may be tried again later. */
	| { readonly outcome: "insufficient" | "frozen" }
	/** Posted before, by this very request. */
	| { readonly outcome: "repeated"; readonly transferId: string }
	/** The intent was posted before with another content. */
	| { readonly outcome: "conflict"; readonly transferId: string };

export type HoldState = "pending" | "posted" | "void" | "expired";

export interface HoldRequest {
	/** Unique for ever among holds, e.g. `"order:<id>"`. */
	readonly intent: string;
	readonly kind: string;
	/** Id of what the coins wait for. */
	readonly reference: string;
	readonly account: UserAccount;
	/** Above zero. */
	readonly amount: number;
	/** From then on it cannot be posted, and the coins are free again within seconds. */
	readonly expiresAt: Date;
}

export type HoldVerdict =
	| { readonly outcome: "held"; readonly holdId: string }
	| { readonly outcome: "insufficient" | "frozen" }
	| { readonly outcome: "repeated"; readonly holdId: string; readonly state: HoldState }
	| { readonly outcome: "conflict"; readonly holdId: string };

export interface PostHoldRequest {
	readonly holdId: string;
	/** Takes at most the held amount from the account of the hold; the rest is free again. */
	readonly transfer: TransferRequest;
}

export type PostHoldVerdict =
	| TransferVerdict
	/** The hold was resolved before, otherwise than by this transfer. */
	| { readonly outcome: "resolved"; readonly state: Exclude<HoldState, "pending"> }
	| { readonly outcome: "unknown" };

export type VoidHoldVerdict =
	| { readonly outcome: "voided" }
	| { readonly outcome: "resolved"; readonly state: Exclude<HoldState, "pending"> }
	| { readonly outcome: "unknown" };

/**
 * Posts many transfers at once, as group commits have them, in their order: earlier ones count for
 * later ones, and a payer who cannot pay drops out alone. A handful of statements, however many.
 *
 * An intent moves money exactly once: told again it is `repeated`, in this call or years later.
 * Throws `TypeError` for a request that no caller may make (legs that do not sum to zero, …).
 */
export const postTransfers: (
	tx: Transaction,
	requests: readonly TransferRequest[]
) => Promise<TransferVerdict[]> = postAll;

/** Sets coins aside: still in the balance, not to be spent until posted, voided or expired. */
export const hold: (tx: Transaction, request: HoldRequest) => Promise<HoldVerdict> = holdCoins;

/** Spends what is held by a transfer of its own intent. A hold is resolved at most once. */
export const postHold: (tx: Transaction, request: PostHoldRequest) => Promise<PostHoldVerdict> =
	postHeld;

/** Gives held coins free. Safe to repeat: it then says `resolved` with state `void`. */
export const voidHold = (tx: Transaction, holdId: string): Promise<VoidHoldVerdict> =>
	releaseHeld(tx, holdId, "void");
