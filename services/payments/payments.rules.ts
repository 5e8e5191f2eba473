/** What an intent to pay goes through, and what an event of a provider makes of it. Pure. */
import { limits } from "../../config/limits.ts";
import type { ProviderEvent } from "./providers/provider.ts";

/**
 * - `created`: it stands here, and the provider may not know of it yet
 * - `pending`: the provider has a page on which it can be paid
 * - `succeeded`: paid, and fulfilled in the same transaction
 * - `refunding`: paid, but it could not be fulfilled: the money goes back
 */
export type Status =
	| "created"
	| "pending"
	| "succeeded"
	| "failed"
	| "expired"
	| "refunding"
	| "refunded";

export type Move = "opened" | "paid" | "refused" | "declined" | "timeUp" | "returned";

/**
 * Which move leads where; what does not stand here does not happen.
 *
 * Money that comes after the end of time, or after a first attempt failed, is fulfilled all the
 * same: coins do not run out, and who has paid wants them. `paid` stands in no row that `paid` or
 * `refused` lead to, so that nothing is credited twice. `refused` is `paid` when the purpose
 * cannot be fulfilled (a closed wallet).
 */
export const transitions: Readonly<Record<Status, Readonly<Partial<Record<Move, Status>>>>> = {
	created: {
		opened: "pending",
		paid: "succeeded",
		refused: "refunding",
		declined: "failed",
		timeUp: "expired"
	},
	pending: { paid: "succeeded", refused: "refunding", declined: "failed", timeUp: "expired" },
	failed: { paid: "succeeded", refused: "refunding" },
	expired: { paid: "succeeded", refused: "refunding" },
	succeeded: {},
	refunding: { returned: "refunded" },
	refunded: {}
};

export const isOpen = (status: Status): boolean => status === "created" || status === "pending";

/** What decides about an intent. */
export interface IntentState {
	readonly status: Status;
	readonly merchant: string;
	readonly amount: number;
	readonly currency: string;
	/** The provider's name for it; null until that is known. */
	readonly providerReference: string | null;
	readonly createdAt: Date;
	readonly expiresAt: Date;
}

/**
 * - `applied`, `late` (after the end of time): the move was made
 * - `stale`: it came late, twice or in vain and changes nothing
 * - `ignored`: of a kind that says nothing to us
 * - `mismatch`: not what was agreed on; nothing moved
 * - `returned`: paid and not fulfilled, the money goes back
 * - `unexpected`: the provider gave money back that nobody asked back
 */
export type Outcome =
	| "applied"
	| "late"
	| "stale"
	| "ignored"
	| "unknown-intent"
	| "mismatch"
	| "returned"
	| "unexpected";

/** What an operator should see. */
export const isAnomaly = (outcome: Outcome): boolean =>
	!["applied", "stale", "ignored"].includes(outcome);

export interface Judgement {
	readonly outcome: Outcome;
	/** Absent when nothing is to be done. */
	readonly move?: Move;
}

const moves = { paid: "paid", failed: "declined", refunded: "returned" } as const;

/** What the provider says, held against what was agreed on. */
export function judge(intent: IntentState | undefined, event: ProviderEvent): Judgement {
	if (event.kind === "other" || event.kind === "open" || event.kind === "closed") {
		return { outcome: "ignored" };
	}
	if (!intent) return { outcome: "unknown-intent" };
	if (!isAgreed(intent, event)) return { outcome: "mismatch" };
	const move = moves[event.kind];
	if (transitions[intent.status][move] !== undefined) {
		const isLate = move === "paid" && intent.status === "expired";
		return { outcome: isLate ? "late" : "applied", move };
	}
	const isUnasked = move === "returned" && intent.status === "succeeded";
	return { outcome: isUnasked ? "unexpected" : "stale" };
}

const isAgreed = (intent: IntentState, event: ProviderEvent): boolean =>
	event.merchant === intent.merchant &&
	event.amount === intent.amount &&
	event.currency === intent.currency &&
	(intent.providerReference === null || event.reference === intent.providerReference);

/**
 * When to ask the provider next, after `looks` times: a minute after it was made, then at growing
 * distances, and at the end of its time. Null: never again, the provider has said its last word
 * or had days to say it.
 */
export function nextLook(
	intent: IntentState,
	{ looks, now, isFinal }: { looks: number; now: Date; isFinal: boolean }
): Date | null {
	const { status } = intent;
	if (status === "succeeded" || status === "refunded") return null;
	const seconds = Math.min(limits.paymentStuckSeconds * 2 ** looks, limits.paymentLookSecondsMax);
	const next = now.getTime() + seconds * 1_000;
	if (status === "refunding") return new Date(next);
	if (isOpen(status)) return new Date(Math.min(next, intent.expiresAt.getTime()));
	const last = intent.createdAt.getTime() + limits.paymentLookForSecondsMax * 1_000;
	return isFinal || next > last ? null : new Date(next);
}
