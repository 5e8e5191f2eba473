/** What a flash sale goes through, and who of those that come together gets its units. Pure. */

export type Status = "scheduled" | "open" | "closed" | "cancelled";

/**
 * - `start`, `end`: the time of the sale has come, or is over
 * - `close`: the host ends it early; `cancel`: the host withdraws it. What was bought stays bought.
 */
export type Move = "start" | "end" | "close" | "cancel";

/** Which move leads where; what does not stand here does not happen. */
export const transitions: Readonly<Record<Status, Readonly<Partial<Record<Move, Status>>>>> = {
	scheduled: { start: "open", end: "closed", cancel: "cancelled" },
	open: { end: "closed", close: "closed", cancel: "cancelled" },
	closed: {},
	cancelled: {}
};

export const statuses = Object.keys(transitions) as Status[];

/** Undefined where the table has no such step. */
export const after = (status: Status, move: Move): Status | undefined => transitions[status][move];

export const isOver = (status: Status): boolean => Object.keys(transitions[status]).length === 0;

export interface Window {
	readonly status: Status;
	readonly startsAt: Date;
	readonly endsAt: Date;
}

/** How a sale is at that time, whether or not somebody has written it down yet. */
export function statusAt({ status, startsAt, endsAt }: Window, now: Date): Status {
	if (isOver(status)) return status;
	if (now >= endsAt) return after(status, "end") ?? status;
	// Once open it stays open: the clock of another node may be a little behind.
	if (status === "scheduled" && now >= startsAt) return after(status, "start") ?? status;
	return status;
}

export type Refusal = "sold-out" | "limit-reached" | "not-open";
export type Outcome = "bought" | Refusal;

/** Who asks for how many, under which key: the same intent is one purchase for ever. */
export interface Attempt {
	readonly intent: string;
	readonly userId: string;
	/** Over the params, so that one key cannot stand for two requests. */
	readonly hash: string;
	readonly quantity: number;
}

export interface SaleTerms extends Window {
	readonly left: number;
	readonly limitPerUser: number;
}

export type Decision =
	/** `nths`: which of the user's units these are, from 1. */
	| { readonly kind: "new"; readonly outcome: Outcome; readonly nths: readonly number[] }
	/** Answered before, or earlier in this very list: whatever that answer was. */
	| { readonly kind: "repeated" }
	/** The key was used with another request. */
	| { readonly kind: "conflict" };

export interface Known {
	/** Hashes of the intents that were answered before. */
	readonly hashes: ReadonlyMap<string, string>;
	/** Units that users have already, by their number. */
	readonly taken: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The lowest free numbers from 1 to `limit`; fewer than `quantity` when there are not so many. */
function freeNths(taken: ReadonlySet<number>, quantity: number, limit: number): number[] {
	const free: number[] = [];
	for (let nth = 1; nth <= limit && free.length < quantity; nth++) {
		if (!taken.has(nth)) free.push(nth);
	}
	return free;
}

/**
 * Decides attempts of one sale in their order: who comes first is served first, all or nothing of
 * what they ask for, and earlier ones count for later ones.
 */
export function decide(
	sale: SaleTerms,
	attempts: readonly Attempt[],
	{ known, now }: { readonly known: Known; readonly now: Date }
): Decision[] {
	const hashes = new Map(known.hashes);
	const taken = new Map([...known.taken].map(([userId, nths]) => [userId, new Set(nths)]));
	const isOpen = statusAt(sale, now) === "open";
	let { left } = sale;
	return attempts.map(({ intent, userId, hash, quantity }): Decision => {
		const before = hashes.get(intent);
		if (before !== undefined) return { kind: before === hash ? "repeated" : "conflict" };
		hashes.set(intent, hash);
		const own = taken.get(userId) ?? new Set<number>();
		const nths = freeNths(own, quantity, sale.limitPerUser);
		const refuse = (outcome: Refusal): Decision => ({ kind: "new", outcome, nths: [] });
		if (!isOpen) return refuse("not-open");
		if (nths.length < quantity) return refuse("limit-reached");
		if (quantity > left) return refuse("sold-out");
		left -= quantity;
		for (const nth of nths) own.add(nth);
		taken.set(userId, own);
		return { kind: "new", outcome: "bought", nths };
	});
}

/** The intent of a user's key: unique over all sales. */
export const intentOf = (userId: string, key: string): string => `${userId}:${key}`;
