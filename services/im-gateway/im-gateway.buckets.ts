/** How much may come from one sender: tokens that refill with time, and a burst of them. */

export interface Rate {
	readonly perSecond: number;
	readonly burst: number;
}

export class TokenBucket {
	readonly #rate: Rate;
	#tokens: number;
	#at: number;

	/** `now` counts milliseconds and never goes back. */
	constructor(rate: Rate, now: number) {
		this.#rate = rate;
		this.#tokens = rate.burst;
		this.#at = now;
	}

	/** Takes one token: 0, or the milliseconds until there is one, and then none was taken. */
	take(now: number): number {
		this.#refill(now);
		if (this.#tokens >= 1) {
			this.#tokens -= 1;
			return 0;
		}
		return Math.ceil(((1 - this.#tokens) * 1_000) / this.#rate.perSecond);
	}

	/** Nothing was taken lately: a new bucket would be the same. */
	isFull(now: number): boolean {
		this.#refill(now);
		return this.#tokens >= this.#rate.burst;
	}

	#refill(now: number): void {
		const { perSecond, burst } = this.#rate;
		this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1_000);
		this.#at = now;
	}
}

/** A bucket for each key; those that are full again are forgotten by `sweep`. */
export class Buckets {
	readonly #rate: Rate;
	readonly #buckets = new Map<string, TokenBucket>();

	constructor(rate: Rate) {
		this.#rate = rate;
	}

	get size(): number {
		return this.#buckets.size;
	}

	/** As `TokenBucket.take`. */
	take(key: string, now: number): number {
		let bucket = this.#buckets.get(key);
		if (!bucket) {
			bucket = new TokenBucket(this.#rate, now);
			this.#buckets.set(key, bucket);
		}
		return bucket.take(now);
	}

	sweep(now: number): void {
		for (const [key, bucket] of this.#buckets) {
			if (bucket.isFull(now)) this.#buckets.delete(key);
		}
	}
}
