/**
 * One contender for one lease: tries until it gains it, renews it, notices when it is lost, and
 * tries again.
 *
 * Two processes must never both believe that they hold the lease, so the holder counts on its own
 * monotonic clock from before it asked the store, and gives up before the store does. A process
 * that was paused (SIGSTOP, a long turn of the event loop) cannot know when its timers will run:
 * `ensure()` reads the clock and throws. What is written under the lease carries the token all the
 * same: a pause may come after `ensure()` and before the write.
 *
 * While the store is away nobody holds the lease and the work rests. Work that two nodes may do at
 * once says so by `onStoreAway`: then each contender that gets no answer does it, without a token.
 * One that is told "held by another" never does.
 */
import { errors } from "../../lib/errors.ts";
import type { LeaseStore } from "./lease.store.ts";

export const leaseErrors = errors({
	LEASE_LOST: [409, "Another node does this now."]
});

export interface HoldOptions {
	/** Another takes over this long after a holder died; one who lives renews every third of it. */
	readonly ttlMs: number;
	/** Called each time the lease is gained. */
	onGained?(token: number): void | Promise<void>;
	/**
	 * Opts in to work without the lease, and begins it: called when the store does not answer and
	 * the work does not run. The lease may be gained while it runs; that is not told again. Only for
	 * work that does no harm when many do it at once; it can be neither fenced nor `ensure`d.
	 */
	onStoreAway?(): void | Promise<void>;
	/**
	 * Called once for each beginning, by `onGained` or `onStoreAway`: stop at once, another may
	 * begin. `release` waits for it.
	 */
	onLost?(): void | Promise<void>;
}

export interface Held {
	/** Rises with each gain; undefined while another holds the lease. */
	readonly token: number | undefined;
	/** Whether the work is on: under the lease, or because `onStoreAway` lets it go on without. */
	readonly isOn: boolean;
	/** The token; throws LEASE_LOST unless the lease is held at this moment. */
	ensure(): number;
	/** Gives the lease up for good; another gains it at its next try. */
	release(): Promise<void>;
}

export interface HoldSetup extends HoldOptions {
	readonly name: string;
	readonly holder: string;
	readonly store: LeaseStore;
	readonly logger: { warn(...words: unknown[]): void };
	/** Milliseconds that never go back; `performance.now` counts on while a process is stopped. */
	readonly now?: () => number;
}

/** A holder gives up this part of the ttl before the store would, for clocks that run unequal. */
const marginPart = 1 / 6;
const renewPart = 1 / 3;

export class Hold implements Held {
	readonly #setup: HoldSetup;
	readonly #now: () => number;
	#token: number | undefined;
	#heldUntil = 0;
	#giveUpTimer: NodeJS.Timeout | undefined;
	#isReleased = false;
	#isStoreAway = false;
	#isOn = false;
	/** The last `onLost`. */
	#ended: Promise<void> = Promise.resolve();
	#wake: () => void = () => {};
	#campaign: Promise<void> = Promise.resolve();

	constructor(setup: HoldSetup) {
		this.#setup = setup;
		this.#now = setup.now ?? (() => performance.now());
	}

	/** Resolves after the first try, whether or not it gained the lease. */
	async start(): Promise<this> {
		const waitMs = await this.#step();
		this.#campaign = this.#run(waitMs);
		return this;
	}

	get token(): number | undefined {
		if (this.#token !== undefined && this.#now() >= this.#heldUntil) this.#lose();
		return this.#token;
	}

	get isOn(): boolean {
		return this.token !== undefined || this.#isOn;
	}

	ensure(): number {
		const { token } = this;
		if (token === undefined) throw leaseErrors.LEASE_LOST({ lease: this.#setup.name });
		return token;
	}

	async release(): Promise<void> {
		this.#isReleased = true;
		this.#wake();
		this.#lose();
		await this.#ended;
		await this.#campaign;
		try {
			await this.#setup.store.release(this.#setup);
		} catch {
			// A store that is away lets go of the lease by itself when its time is over.
		}
	}

	async #run(firstWaitMs: number): Promise<void> {
		let waitMs = firstWaitMs;
		for (;;) {
			await this.#sleep(waitMs);
			if (this.#isReleased) return;
			waitMs = await this.#step();
		}
	}

	/** Asks the store, and begins or ends the work; answers how long to wait until the next step. */
	async #step(): Promise<number> {
		const waitMs = await (this.token === undefined ? this.#acquire() : this.#renew());
		this.#settle();
		return waitMs;
	}

	#sleep(ms: number): Promise<void> {
		if (this.#isReleased) return Promise.resolve();
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms);
			// A lease alone is no reason for a process to live on.
			timer.unref();
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	/** Tries to gain the lease. */
	async #acquire(): Promise<number> {
		const { ttlMs, store } = this.#setup;
		const askedAt = this.#now();
		const acquired = await this.#ask(() => store.acquire(this.#setup));
		if (!acquired || this.#isReleased) return ttlMs * renewPart;
		if ("token" in acquired) {
			if (this.#extend(askedAt)) this.#token = acquired.token;
			return ttlMs * renewPart;
		}
		// Right when the holder fails to renew, or sooner in case it releases.
		return Math.min(acquired.retryInMs + 1, ttlMs * renewPart);
	}

	async #renew(): Promise<number> {
		const { ttlMs, store } = this.#setup;
		const askedAt = this.#now();
		const isRenewed = await this.#ask(() => store.renew(this.#setup));
		if (this.#token === undefined || this.#isReleased) return 0;
		// No answer: the lease may still be ours, so try again until the time is over.
		if (isRenewed === undefined) return (ttlMs * renewPart) / 2;
		if (isRenewed && this.#extend(askedAt)) return ttlMs * renewPart;
		this.#lose();
		return 0;
	}

	/** False when the answer took so long that the time it grants is over. */
	#extend(askedAt: number): boolean {
		this.#heldUntil = askedAt + this.#setup.ttlMs * (1 - marginPart);
		const leftMs = this.#heldUntil - this.#now();
		clearTimeout(this.#giveUpTimer);
		if (leftMs <= 0) return false;
		this.#giveUpTimer = setTimeout(() => void this.token, Math.ceil(leftMs)).unref();
		return true;
	}

	#lose(): void {
		this.#token = undefined;
		clearTimeout(this.#giveUpTimer);
		this.#settle();
	}

	/** Begins or ends the work where that has become due. */
	#settle(): void {
		const { onGained, onStoreAway, onLost } = this.#setup;
		const token = this.#token;
		const goesOnAlone = onStoreAway !== undefined && this.#isStoreAway && !this.#isReleased;
		const isOn = token !== undefined || goesOnAlone;
		if (isOn === this.#isOn) return;
		this.#isOn = isOn;
		if (!isOn) this.#ended = this.#tell(async () => onLost?.());
		else if (token === undefined) void this.#tell(async () => onStoreAway?.());
		else void this.#tell(async () => onGained?.(token));
	}

	async #tell(callback: () => Promise<void>): Promise<void> {
		try {
			await callback();
		} catch (error) {
			this.#setup.logger.warn(`The holder of lease "${this.#setup.name}" failed:`, error);
		}
	}

	async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
		try {
			const answer = await question();
			this.#isStoreAway = false;
			return answer;
		} catch (error) {
			if (!this.#isStoreAway) this.#setup.logger.warn(`No lease "${this.#setup.name}":`, error);
			this.#isStoreAway = true;
			return undefined;
		}
	}
}
