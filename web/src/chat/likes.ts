/** Gathers presses: the platform gets one call a second at most, however fast somebody taps. */
import { limits } from "../../../config/limits.ts";

export const likeMilliseconds = 1_000;

export class LikeBatch {
	readonly #send: (count: number) => void;
	#waiting = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** @param send is called with at least 1, at most what one call may carry */
	constructor(send: (count: number) => void) {
		this.#send = send;
	}

	press(): void {
		// Nobody taps that fast; a program that does gains nothing.
		this.#waiting = Math.min(this.#waiting + 1, limits.likesPerCallMax);
		if (this.#timer === undefined) this.#flush();
	}

	stop(): void {
		if (this.#timer !== undefined && this.#waiting > 0) this.#send(this.#waiting);
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#waiting = 0;
	}

	#flush(): void {
		this.#timer = undefined;
		if (this.#waiting === 0) return;
		this.#send(this.#waiting);
		this.#waiting = 0;
		this.#timer = setTimeout(() => this.#flush(), likeMilliseconds);
	}
}
