/** What a restriction is, and what somebody may do under all that are laid on them. Pure. */
import { limits } from "../../config/limits.ts";

export type Kind = "mute" | "ban" | "kick";

/** Until when a restriction laid `now` holds; null: until lifted. */
export function endOf(kind: Kind, seconds: number | undefined, now: Date): Date | null {
	const told = kind === "kick" ? (seconds ?? limits.kickSeconds) : seconds;
	return told === undefined ? null : new Date(now.getTime() + told * 1000);
}

/** What decides about somebody; the time is ISO 8601 in UTC, as it travels. */
export interface Laid {
	readonly kind: Kind;
	/** Null: until lifted. */
	readonly until: string | null;
}

/** Whether it holds: up to its end, and no more at that very moment. */
export const isHolding = ({ until }: Laid, now: Date): boolean =>
	until === null || now.getTime() < Date.parse(until);

export interface Standing {
	readonly mayStay: boolean;
	/** Who may not be in a room may not speak in it either. */
	readonly maySpeak: boolean;
	/** When all that keeps them silent, or away, is over; null: not by itself, or nothing does. */
	readonly until: string | null;
}

/**
 * What holds now for somebody: give it what is laid on them in the room and everywhere, or for
 * private messages only what is laid on them everywhere. A kick that ends leaves a mute in force,
 * and a short ban does not shorten a long one of somebody else.
 */
export function standingOf(laid: readonly Laid[], now: Date): Standing {
	const holding = laid.filter((one) => isHolding(one, now));
	if (holding.length === 0) return { mayStay: true, maySpeak: true, until: null };
	const away = holding.filter(({ kind }) => kind !== "mute");
	const deciding = away.length > 0 ? away : holding;
	return { mayStay: away.length === 0, maySpeak: false, until: latest(deciding) };
}

function latest(laid: readonly Laid[]): string | null {
	let last = "";
	for (const { until } of laid) {
		if (until === null) return null;
		if (last === "" || Date.parse(until) > Date.parse(last)) last = until;
	}
	return last;
}
