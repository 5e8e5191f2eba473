/**
 * Hands out the ids of one name on one node: keeps the current segment and a prefetched one,
 * fetches one at a time, and lets callers wait, in order, when both are used up.
 */
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import {
	backoffMilliseconds,
	draw,
	isLow,
	remaining,
	type Segment,
	stepsNext
} from "./ids.rules.ts";

interface Waiter {
	readonly count: number;
	readonly resolve: (ids: string[]) => void;
	readonly reject: (error: Error) => void;
}

export interface DispenserOptions {
	/** Makes a new segment of `steps` steps ours; may fail at any time. */
	readonly claim: (steps: number) => Promise<Segment>;
	readonly onClaimFailed: (error: unknown, attempt: number) => void;
	/** Milliseconds of any steady clock. */
	readonly now?: () => number;
}

export class Dispenser {
	readonly #options: DispenserOptions;
	readonly #segments: Segment[] = [];
	/** In order of arrival. Whoever waits has taken nothing yet, so giving up loses no id. */
	readonly #waiting = new Set<Waiter>();
	readonly #closing = new AbortController();
	#refilling = false;
	#steps = 1;
	#claimedAt: number | undefined;

	constructor(options: DispenserOptions) {
		this.#options = options;
	}

	/**
	 * `count` ids, at once from memory where possible. Otherwise waits up to `waitMilliseconds`,
	 * then throws `UNAVAILABLE`; throws `BUSY` at once when too many wait already.
	 */
	take(count: number, waitMilliseconds: number): string[] | Promise<string[]> {
		// Nobody overtakes those who wait: a caller of many ids would starve.
		if (this.#waiting.size === 0 && remaining(this.#segments) >= count) {
			const ids = draw(this.#segments, count);
			if (isLow(this.#segments)) this.#refill();
			return ids;
		}
		if (this.#closing.signal.aborted) throw commonErrors.UNAVAILABLE();
		if (this.#waiting.size >= limits.idsWaitingMax) throw commonErrors.BUSY();
		return new Promise((resolve, reject) => {
			const waiter: Waiter = {
				count,
				resolve: (ids) => {
					clearTimeout(timer);
					resolve(ids);
				},
				reject: (error) => {
					clearTimeout(timer);
					reject(error);
				}
			};
			const timer = setTimeout(() => {
				this.#waiting.delete(waiter);
				reject(commonErrors.UNAVAILABLE());
			}, waitMilliseconds);
			this.#waiting.add(waiter);
			this.#refill();
		});
	}

	/** Turns away those who wait; what is left in memory is forgotten with the process. */
	close(): void {
		this.#closing.abort();
		for (const waiter of this.#waiting) waiter.reject(commonErrors.UNAVAILABLE());
		this.#waiting.clear();
	}

	/** One run at a time, until nobody waits and the stock is not low. */
	async #refill(): Promise<void> {
		if (this.#refilling) return;
		this.#refilling = true;
		let failures = 0;
		while (!this.#closing.signal.aborted && (this.#waiting.size > 0 || isLow(this.#segments))) {
			try {
				this.#segments.push(await this.#options.claim(this.#steps));
				failures = 0;
				this.#adaptSteps();
				this.#serve();
			} catch (error) {
				failures++;
				this.#options.onClaimFailed(error, failures);
				// An aborted pause ends the loop by its own condition.
				const pause = backoffMilliseconds(failures, Math.random());
				await delay(pause, undefined, { signal: this.#closing.signal }).catch(() => {});
			}
		}
		this.#refilling = false;
	}

	#adaptSteps(): void {
		const now = (this.#options.now ?? performance.now.bind(performance))();
		if (this.#claimedAt !== undefined) {
			this.#steps = stepsNext(this.#steps, now - this.#claimedAt);
		}
		this.#claimedAt = now;
	}

	#serve(): void {
		for (const waiter of this.#waiting) {
			if (remaining(this.#segments) < waiter.count) return;
			this.#waiting.delete(waiter);
			waiter.resolve(draw(this.#segments, waiter.count));
		}
	}
}
