/** What can go wrong with a payment, to be chosen for each one. */

export const switches = {
	duplicate: "The callback comes three times, two of them at once",
	late: "The money arrives only after the time to pay is over",
	"out-of-order": "A callback of an earlier, failed attempt comes after the good one",
	"wrong-amount": "Another amount is charged than was asked for",
	"wrong-currency": "The amount is charged in another currency",
	"wrong-signature": "The callbacks are signed with a wrong secret",
	"no-callback": "No callback comes at all"
} as const;

export type Switch = keyof typeof switches;

const isSwitch = (word: unknown): word is Switch =>
	typeof word === "string" && Object.hasOwn(switches, word);

/** Those that are known among `words`; undefined when one is not. */
export function switchesOf(words: readonly unknown[]): ReadonlySet<Switch> | undefined {
	return words.every(isSwitch) ? new Set(words) : undefined;
}
