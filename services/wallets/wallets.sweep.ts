/** Gives free what is held past its time, every second on the one node that has the lease. */
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { expireHolds } from "./wallets.holds.ts";

export interface SweeperSetup {
	readonly db: Sql;
	readonly held: Held;
	readonly logger: { warn(...words: unknown[]): void };
}

export class Sweeper {
	readonly #setup: SweeperSetup;
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> = Promise.resolve();
	#isStopped = false;

	constructor(setup: SweeperSetup) {
		this.#setup = setup;
	}

	/** The next round begins a while after the one before it has ended. */
	start(): void {
		if (this.#isStopped) return;
		this.#timer = setTimeout(() => {
			this.#round = this.#sweep().then(() => this.start());
		}, limits.walletSweepMilliseconds);
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
	}

	async #sweep(): Promise<void> {
		const { db, held, logger } = this.#setup;
		if (held.token === undefined) return;
		try {
			const countMax = limits.walletSweepHoldsMax;
			await expireHolds(db, { now: new Date(), countMax });
		} catch (error) {
			logger.warn("Expired holds stay for now; trying again:", error);
		}
	}
}
