/** What codes, sessions and signing keys may do. Pure: no clock, no I/O. */
import { limits } from "../../config/limits.ts";

/** E.164 without the spaces, dashes, dots and brackets that people write; undefined otherwise. */
export function normalisePhone(text: string): string | undefined {
	const phone = text.trim().replace(/[ ().-]/g, "");
	return /^\+[1-9][0-9]{6,14}$/.test(phone) ? phone : undefined;
}

/** The country stays readable in logs, the number does not. */
export const phoneForLog = (phone: string): string => `${phone.slice(0, 4)}…`;

/** What is left of a device's name when control and format characters are gone. */
export function normaliseDeviceName(text: string | undefined): string {
	const name = text?.normalize("NFC").replace(/\p{C}/gu, "").trim();
	return name || "Unknown device";
}

/** What stands in the database about a refresh token and its session. */
export interface RefreshTokenState {
	readonly usedAt: Date | null;
	readonly expiresAt: Date;
	readonly sessionEnded: boolean;
}

/**
 * - `rotate`: its first use; `repeat`: its answer was lost and is given again;
 * - `reuse`: somebody has a copy, so nobody with this family is believed any more;
 * - `refuse`: unknown, too old, or its session has ended.
 */
export type RefreshVerdict = "rotate" | "repeat" | "reuse" | "refuse";

/** `isFirst`: this call is the one that marked the token as used. */
export function judgeRefresh(
	token: RefreshTokenState | undefined,
	{ isFirst, now }: { isFirst: boolean; now: Date }
): RefreshVerdict {
	if (!token || token.sessionEnded || token.expiresAt <= now) return "refuse";
	if (isFirst) return "rotate";
	const age = now.getTime() - (token.usedAt?.getTime() ?? 0);
	return age <= limits.refreshRepeatSecondsMax * 1000 ? "repeat" : "reuse";
}

/** Times of a signing key. A key is used from `activeFrom` until the next one takes over. */
export interface KeyTimes {
	readonly activeFrom: Date;
}

/** The key that signs at `now`: the youngest that is active. `keys` are in the order of making. */
export const signingKey = <K extends KeyTimes>(keys: readonly K[], now: Date): K | undefined =>
	keys.findLast((key) => key.activeFrom <= now);

/**
 * The keys that verify at `now`: the signing one, those to come, and those whose last token is
 * not over. Nodes reload their keys a little late and clocks differ, hence the margin.
 */
export function publishedKeys<K extends KeyTimes>(keys: readonly K[], now: Date): K[] {
	const margin =
		limits.accessTokenSecondsMax * 1000 +
		limits.clockSkewSecondsMax * 1000 +
		limits.signingKeysAgeMillisecondsMax;
	return keys.filter((_, index) => {
		const next = keys[index + 1];
		return !next || next.activeFrom.getTime() + margin > now.getTime();
	});
}

/** What to look for when a gateway asks for the sessions that ended since `since`. */
export interface RevocationWindow {
	readonly from: Date;
	readonly count: number;
	/** When the question came, in milliseconds since 1970. */
	readonly now: number;
}

/** How long after its end a session's last access token may still pass. */
const tokenMilliseconds = (limits.accessTokenSecondsMax + limits.clockSkewSecondsMax) * 1000;
const overlapMilliseconds = limits.revocationOverlapSeconds * 1000;

/**
 * The window reaches a little further back than asked, because an ending may be committed after
 * the time it carries; and never further than tokens live.
 */
export const revocationWindow = (since: number, now: number): RevocationWindow => ({
	from: new Date(Math.max(since - overlapMilliseconds, now - tokenMilliseconds)),
	count: limits.revocationsPerAnswerMax,
	now
});

/** The answer for what `window` found. A full one is a page: the next begins where it stopped. */
export function revocationsOf<Reason extends string>(
	ended: readonly { id: string; endedAt: Date; reason: Reason }[],
	window: RevocationWindow
): { items: { sessionId: string; expiresAt: number; reason: Reason }[]; until: number } {
	const last = ended.at(-1);
	const isFull = last !== undefined && ended.length >= window.count;
	return {
		items: ended.map(({ id, endedAt, reason }) => ({
			sessionId: id,
			reason,
			expiresAt: endedAt.getTime() + tokenMilliseconds
		})),
		until: isFull ? last.endedAt.getTime() + overlapMilliseconds : window.now
	};
}
