/**
 * Asking again for what moves coins. Without an answer nobody knows whether it was done; the same
 * request under the same key finds out, and does it at most once.
 */
import { ApiError } from "../api/http.ts";

/** Milliseconds before each further try. */
export const pauses = [500, 1_500, 3_000] as const;

/** Waiting for longer than this is left to the person. */
const waitMillisecondsMax = 6_000;

/** Whether the platform may have done it, or may yet: its word on it has not come. */
export const isUnanswered = (error: unknown): boolean =>
	error instanceof ApiError && (error.status === 0 || error.status >= 500);

export type Sleep = (milliseconds: number) => Promise<void>;

const sleep: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export interface Insisted<T> {
	readonly answer: T;
	/** The first answer may be older than this. */
	readonly tries: number;
}

/**
 * Sends until there is an answer, a few times at most.
 * @throws ApiError what the last try brought
 */
export async function insist<T>(send: () => Promise<T>, wait = sleep): Promise<Insisted<T>> {
	for (let tries = 1; ; tries += 1) {
		try {
			return { answer: await send(), tries };
		} catch (error) {
			const pause = pauseAfter(error, tries);
			if (pause === undefined) throw error;
			await wait(pause);
		}
	}
}

/** Undefined: another try would bring nothing else. */
function pauseAfter(error: unknown, tries: number): number | undefined {
	const pause = pauses[tries - 1];
	if (pause === undefined || !(error instanceof ApiError)) return undefined;
	if (error.status !== 429) return isUnanswered(error) ? pause : undefined;
	const asked = Number(error.data.retryAfterMs ?? pause);
	return asked <= waitMillisecondsMax ? Math.max(asked, pause) : undefined;
}
