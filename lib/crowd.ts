/**
 * Takes those who come in a crowd together: what they share (code and data in the caches of the
 * processor, a write to Redis, a transaction, a call to another node) is then paid once for all.
 * Who comes alone does not wait.
 */
export class Crowd {
	readonly #milliseconds: number;
	readonly #now: () => number;
	#next: Promise<void> | undefined;
	#wentAt = Number.NEGATIVE_INFINITY;

	/** Crowds go so far apart at least; `now` counts milliseconds and never goes back. */
	constructor(milliseconds: number, now: () => number = () => performance.now()) {
		this.#milliseconds = milliseconds;
		this.#now = now;
	}

	/** Resolves for all who asked meanwhile at once, in the order in which they asked. */
	turn(): Promise<void> {
		this.#next ??= new Promise((resolve) => {
			const go = () => {
				this.#next = undefined;
				this.#wentAt = this.#now();
				resolve();
			};
			const early = this.#wentAt + this.#milliseconds - this.#now();
			// At the end of this turn of the event loop, others may have come in it too.
			if (early <= 0) setImmediate(go);
			else setTimeout(go, early);
		});
		return this.#next;
	}
}
