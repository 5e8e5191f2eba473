/**
 * Orders whose time is over, every second on the one node that has the lease: unpaid ones are
 * closed, shipped ones are received. Two that sweep at once stay correct: the state of each order
 * is read under its lock.
 */
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { awaitedSince, dueOrders } from "./orders.lists.model.ts";
import { confirmedSince } from "./orders.rules.ts";
import { close, confirm } from "./orders.steps.ts";
import { lockOrders } from "./orders.writes.model.ts";

export interface SweepSetup {
	readonly db: Sql;
	readonly logger: { warn(...words: unknown[]): void };
}

/**
 * Closes what was to be paid by `now`, and confirms what was sent so long ago that it must have
 * come; returns how many orders that were.
 */
export async function sweepOnce(setup: SweepSetup, now: Date): Promise<number> {
	const { db } = setup;
	const max = limits.orderSweepOrdersMax;
	const unpaid = await dueOrders(db, now, max);
	const closed = await moveEach(setup, unpaid, (id) => closeDue(db, id, now));
	const awaited = await awaitedSince(db, confirmedSince(now), max);
	return closed + (await moveEach(setup, awaited, (id) => confirmDue(db, id, now)));
}

/** A few at a time; how many of them `move` moved. */
async function moveEach(
	{ logger }: SweepSetup,
	ids: readonly string[],
	move: (id: string) => Promise<boolean>
): Promise<number> {
	const atOnce = limits.orderSweepAtOnceMax;
	let moved = 0;
	for (let from = 0; from < ids.length; from += atOnce) {
		const part = ids.slice(from, from + atOnce).map(async (id) => {
			try {
				if (await move(id)) moved += 1;
			} catch (error) {
				logger.warn(`Order ${id} stays as it is for now; trying again:`, error);
			}
		});
		await Promise.all(part);
	}
	return moved;
}

/** False when somebody paid or cancelled it first. */
const closeDue = (db: Sql, id: string, now: Date): Promise<boolean> =>
	db.transaction(async (tx) => {
		const [order] = await lockOrders(tx, [id]);
		if (order?.status !== "unpaid" || order.expiresAt > now) return false;
		await close(tx, [order], { move: "timeUp", now });
		return true;
	});

/** False when its buyer confirmed it first. */
const confirmDue = (db: Sql, id: string, now: Date): Promise<boolean> =>
	db.transaction(async (tx) => {
		const [order] = await lockOrders(tx, [id]);
		// When it was sent never changes, so that it is still due.
		if (order?.status !== "shipped") return false;
		await confirm(tx, order, { move: "timeUp", now });
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
			logger.warn("Orders that are due were not looked at; trying again:", error);
		}
	}
}
