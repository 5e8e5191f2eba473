/**
 * How far the reliable messages of this device are here. An ack says "all up to this one", so it
 * may not jump over a message that took another way and is still to come.
 */

/** A message that has not come by then was given up by the platform; the inbox has it. */
const holeMilliseconds = 60_000;

export class Acks {
	readonly #now: () => number;
	/** What was sent before this connection comes first, and in order. */
	#before = 0;
	#upTo = 0;
	#ahead = new Set<number>();
	#holeSince = 0;

	constructor(now: () => number) {
		this.#now = now;
	}

	/** A new connection: `sequence` is of the last message that was sent to this device so far. */
	begin(sequence: number): void {
		this.#before = sequence;
		this.#upTo = 0;
		this.#ahead.clear();
	}

	/** A message is here; returns up to which sequence to ack now. */
	take(sequence: number): number {
		if (sequence <= this.#before) this.#upTo = Math.max(this.#upTo, sequence);
		else {
			this.#upTo = Math.max(this.#upTo, this.#before);
			if (sequence > this.#upTo) this.#takeNew(sequence);
		}
		return this.#upTo;
	}

	#takeNew(sequence: number): void {
		if (this.#ahead.size === 0) this.#holeSince = this.#now();
		this.#ahead.add(sequence);
		const isGivenUp = this.#now() - this.#holeSince > holeMilliseconds;
		if (isGivenUp) this.#upTo = Math.min(...this.#ahead) - 1;
		while (this.#ahead.delete(this.#upTo + 1)) this.#upTo += 1;
	}
}
