/** Reads the burned-in clock back from pixels: how far behind live a viewer is, for all to see. */
import { type ClockPlace, digitPlaces, digitTop, segments } from "./clock.ts";

export type Point = readonly [x: number, y: number];

/** Pixels to look at, digit by digit. They are white where a segment is lit, else black. */
export function clockPoints({ stroke, left, top }: ClockPlace): Point[] {
	return digitPlaces.flatMap((place) =>
		segments.map(
			({ probe: [x, y] }): Point => [
				Math.floor(left + (place + x) * stroke),
				Math.floor(top + (digitTop + y) * stroke)
			]
		)
	);
}

/** Seconds since midnight, of whether each point is lit; undefined when there is no clock. */
export function clockTime(lit: readonly boolean[]): number | undefined {
	const digits = digitPlaces.map((_, index) => {
		const own = lit.slice(index * segments.length, (index + 1) * segments.length);
		return "0123456789".indexOf(
			[..."0123456789"].find((digit) =>
				segments.every((segment, at) => segment.digits.includes(digit) === own[at])
			) ?? "none"
		);
	});
	if (digits.includes(-1)) return undefined;
	const [h1 = 0, h2 = 0, m1 = 0, m2 = 0, s1 = 0, s2 = 0, tenths = 0] = digits;
	// All white is eights, and no time of day.
	if (h1 * 10 + h2 > 23 || m1 > 5 || s1 > 5) return undefined;
	return (h1 * 10 + h2) * 3600 + (m1 * 10 + m2) * 60 + s1 * 10 + s2 + tenths / 10;
}

const daySeconds = 86_400;

/** Seconds since midnight of a moment, by the clock of this machine. */
export function secondsOfDay(moment: Date): number {
	const local = moment.getTime() / 1_000 - 60 * moment.getTimezoneOffset();
	return local % daySeconds;
}

/** How long ago the clock showed `shown`; over midnight too. */
export function secondsBehind(shown: number, moment: Date): number {
	const behind = secondsOfDay(moment) - shown;
	return behind < -daySeconds / 2 ? behind + daySeconds : behind;
}
