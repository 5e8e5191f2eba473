import { limits } from "../../config/limits.ts";

/**
 * How long to wait before the next try, in milliseconds: three times longer after each failure
 * (`attempts` ≥ 1 of them so far), and half of it random, so that what failed together does not
 * come back together. `random` is in [0, 1).
 */
export function retryMilliseconds(attempts: number, random: number): number {
	const full = Math.min(
		limits.channelRetryMillisecondsMax,
		limits.channelRetryMillisecondsMin * 3 ** (attempts - 1)
	);
	return Math.round(full / 2 + (full / 2) * random);
}

/** When to try again, and when to give up. */
export interface Retries {
	readonly attemptsMax: number;
	/** Until the next try, after `attempts` ≥ 1 failures. */
	milliseconds(attempts: number): number;
}

/** Eight tries in about two minutes: longer than a restart of anything. */
export const patient: Retries = {
	attemptsMax: limits.channelAttemptsMax,
	milliseconds: (attempts) => retryMilliseconds(attempts, Math.random())
};
