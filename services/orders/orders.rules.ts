/** What an order goes through, what it comes to, and how it is split. Pure. */
import { limits } from "../../config/limits.ts";
import { exponentOf, type Money, multiply } from "../../lib/money.ts";

/**
 * - `unpaid`: its goods are reserved until it is paid, cancelled or out of time
 * - `paid`: its goods are sold; cancelled now, they go back and so does the money
 * - `shipped`: received when its buyer says so, or nobody says anything for long enough
 * - `closed`: never paid, its goods are free again
 * - `refunding`: its goods are back, the provider is still to send the money
 */
export type Status =
	| "unpaid"
	| "paid"
	| "shipped"
	| "received"
	| "closed"
	| "refunding"
	| "refunded";

export type Move = "pay" | "cancel" | "timeUp" | "ship" | "confirm" | "refund" | "returned";

/**
 * Which move leads where; what does not stand here does not happen. Nothing leads out of `closed`:
 * money that comes for a closed order goes back whence it came.
 */
export const transitions: Readonly<Record<Status, Readonly<Partial<Record<Move, Status>>>>> = {
	unpaid: { pay: "paid", cancel: "closed", timeUp: "closed" },
	paid: { ship: "shipped", refund: "refunding" },
	shipped: { confirm: "received", timeUp: "received" },
	received: {},
	closed: {},
	refunding: { returned: "refunded" },
	refunded: {}
};

export const statuses = Object.keys(transitions) as Status[];

/** Undefined where the table has no such step. */
export const after = (status: Status, move: Move): Status | undefined => transitions[status][move];

/** Until it is sent, its buyer may say where to. */
export const takesAddress = (status: Status): boolean => status === "unpaid" || status === "paid";

const confirmMilliseconds = limits.orderConfirmDays * 24 * 3_600_000;

/** When what was shipped then counts as received. */
export const confirmsAt = (shippedAt: Date): Date =>
	new Date(shippedAt.getTime() + confirmMilliseconds);

/** What was shipped at this moment or before counts as received at `now`. */
export const confirmedSince = (now: Date): Date => new Date(now.getTime() - confirmMilliseconds);

/**
 * What an amount costs in coins. A part of a coin counts as a whole one, so that nothing is
 * cheaper in coins than in money.
 */
export function coinsFor({ amount, currency }: Money, coinsPerUnit: number): number {
	const minorPerUnit = 10n ** BigInt(exponentOf(currency));
	const coins = (BigInt(amount) * BigInt(coinsPerUnit) + minorPerUnit - 1n) / minorPerUnit;
	if (coins > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("Too many coins.");
	return Number(coins);
}

/** What one line comes to. */
export const amountOf = (price: Money, quantity: number): number =>
	multiply(price, quantity).amount;

/** One order per seller, in the order in which they come up; lines keep theirs. */
export function bySeller<Line extends { readonly sellerId: string }>(
	lines: readonly Line[]
): Line[][] {
	return [...Map.groupBy(lines, ({ sellerId }) => sellerId).values()];
}

/** The reference of an order's line in the stock; `line` counts from 1. */
export const stockReference = (orderId: string, line: number): string => `order:${orderId}:${line}`;

/** What is paid for: one order, or all of a checkout that are still unpaid. */
export interface Payable {
	readonly kind: "order" | "checkout";
	readonly id: string;
}

export const payableText = ({ kind, id }: Payable): string => `${kind}:${id}`;

/** Undefined for what `payableText` never wrote. */
export function payableOf(text: string): Payable | undefined {
	const [, kind, id] = /^(order|checkout):([1-9][0-9]{0,15})$/.exec(text) ?? [];
	return kind && id ? { kind: kind as Payable["kind"], id } : undefined;
}
