/** Chance that can be repeated: the same seed throws the same numbers. */
export class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** From 0 up to, and not, 1. */
	next(): number {
		// Mulberry32: small, and good enough to choose by.
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** One of them; undefined when there is none. */
	pick<T>(items: readonly T[]): T | undefined {
		return items[Math.floor(this.next() * items.length)];
	}

	/** A whole number of `from` … `to`, both included. */
	between(from: number, to: number): number {
		return from + Math.floor(this.next() * (to - from + 1));
	}

	/** One of them, the heavier the more often; undefined when all weigh nothing. */
	weighed<T>(items: readonly T[], weightOf: (item: T) => number): T | undefined {
		let left = this.next() * items.reduce((sum, item) => sum + weightOf(item), 0);
		return items.find((item) => {
			left -= weightOf(item);
			return left < 0;
		});
	}
}
