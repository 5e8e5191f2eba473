/** What a gift costs, who gets how much of it, and how long a combo is. */
import { limits } from "../../config/limits.ts";

/** Whole coins; what a percentage leaves over goes to the platform, so the parts sum to it all. */
export function sharesOf(coins: number, hostPercent: number): { host: number; platform: number } {
	// In parts of a hundred: coins × percent may pass 2^53, and a float must never decide.
	const [hundreds, rest] = [Math.floor(coins / 100), coins % 100];
	const host = hundreds * hostPercent + Math.floor((rest * hostPercent) / 100);
	return { host, platform: coins - host };
}

/** What a gift has to know of its room. */
export interface GiftRoom {
	readonly hostId: string;
	/** The open session; undefined while the room takes no gifts. */
	readonly sessionId: string | undefined;
}

/** Open for gifts: chat, gifts and sales go on while a session is paused. */
export const takesGifts = (status: string): boolean => status === "live" || status === "paused";

/** Who gives what to whom: a combo goes on only within one of these. */
export interface ComboLine {
	readonly userId: string;
	readonly roomId: string;
	readonly giftId: string;
}

const lineOf = ({ userId, roomId, giftId }: ComboLine) => `${userId}/${roomId}/${giftId}`;

/** Since when a committed gift of the same line carries a combo on. */
export const comboSince = (now: Date): Date =>
	new Date(now.getTime() - limits.giftComboMillisecondsMax);

/**
 * Goes on from the combos that stand in committed records. Gifts of one batch are given in the
 * same moment, so later ones go on from earlier ones.
 */
export class Combos {
	readonly #last = new Map<string, number>();

	constructor(committed: readonly (ComboLine & { readonly combo: number })[]) {
		for (const line of committed) this.#last.set(lineOf(line), line.combo);
	}

	next(line: ComboLine, count: number): number {
		const combo = (this.#last.get(lineOf(line)) ?? 0) + count;
		this.#last.set(lineOf(line), combo);
		return combo;
	}
}
