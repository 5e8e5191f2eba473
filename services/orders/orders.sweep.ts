/**
 * Closes unpaid orders whose time is over, every second on the one node that has the lease. Two
 * that sweep at once stay correct: the state of each order is read under its lock.
 */
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { dueOrders } from "./orders.model.ts";
import { close } from "./orders.steps.ts";
import { lockOrders } from "./orders.writes.model.ts";

export interface SweepSetup {
	readonly db: Sql;
	readonly logger: { warn(...words: unknown[]): void };
}

/** Closes what is due at `now`; returns how many orders that were. */
export async function sweepOnce({ db, logger }: SweepSetup, now: Date): Promise<number> {
	const due = await dueOrders(db, now, limits.orderSweepOrdersMax);
	const atOnce = limits.orderSweepAtOnceMax;
	let closed = 0;
	for (let from = 0; from < due.length; from += atOnce) {
		const part = due.slice(from, from + atOnce).map(async (id) => {
			try {
				if (await closeDue(db, id, now)) closed += 1;
			} catch (error) {
				logger.warn(`Order ${id} stays open for now; trying again:`, error);
			}
		});
		await Promise.all(part);
	}
	return closed;
}

/** False when somebody paid or cancelled it first. */
const closeDue = (db: Sql, id: string, now: Date): Promise<boolean> =>
	db.transaction(async (tx) => {
		const [order] = await lockOrders(tx, [id]);
		if (order?.status !== "unpaid" || order.expiresAt > now) return false;
		await close(tx, [order], { move: "timeUp", now });
		return true;
	});

export class Sweeper {
	readonly #setup: SweepSetup & { readonly held: Held };
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> = Promise.resolve();
	#isStopped = false;

	constructor(setup: SweepSetup & { readonly held: Held }) {
		this.#setup = setup;
	}

	/** The next round begins a while after the one before it has ended. */
	start(): void {
		if (this.#isStopped) return;
		this.#timer = setTimeout(() => {
			this.#round = this.#sweep().then(() => this.start());
		}, limits.orderSweepMilliseconds);
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
	}

	async #sweep(): Promise<void> {
		const { held, logger } = this.#setup;
		if (held.token === undefined) return;
		try {
			await sweepOnce(this.#setup, new Date());
		} catch (error) {
			logger.warn("Unpaid orders were not looked at; trying again:", error);
		}
	}
}
