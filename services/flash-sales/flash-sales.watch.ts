/**
 * What no request brings about: sales begin and end by the clock, gates are built and kept true,
 * and rooms are told what changed. One node does it at a time; were it two, each step is decided
 * again in its own transaction.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { moveSale } from "./flash-sales.lifecycle.ts";
import {
	findSale,
	markTold,
	nextEpoch,
	type Sale,
	untoldSales,
	watchedSales
} from "./flash-sales.model.ts";
import { countUnits } from "./flash-sales.purchases.model.ts";
import { statusAt } from "./flash-sales.rules.ts";
import type { GateStore } from "./flash-sales.store.ts";
import { saleFact } from "./flash-sales.view.ts";

export interface WatchSetup {
	readonly db: Sql;
	readonly gate: GateStore;
	readonly held: Held;
	readonly logger: { warn(...words: unknown[]): void };
	/** Units that a gate had lost and got back. */
	readonly onLeak?: (units: number) => void;
}

type Work = Pick<WatchSetup, "db" | "gate">;

/** Brings all sales to where the clock says they are, and builds the gates that are missing. */
export async function watchOnce({ db, gate }: Work, now: Date): Promise<void> {
	const until = new Date(now.getTime() + limits.flashSaleWarmUpMilliseconds);
	const sales = await watchedSales(db, until, limits.flashSaleWatchedMax);
	const lasting: Sale[] = [];
	for (const sale of sales) {
		const status = statusAt(sale, now);
		if (status === "closed") {
			await db.transaction((tx) => moveSale(tx, sale.id, "end"));
			await gate.close(sale.id);
			continue;
		}
		if (status === "open" && sale.status === "scheduled") {
			await db.transaction((tx) => moveSale(tx, sale.id, "start"));
		}
		lasting.push(sale);
	}
	const epochs = await gate.epochs(lasting.map(({ id }) => id));
	for (const [index, sale] of lasting.entries()) {
		// A lower one comes from a copy of an older Redis.
		if ((epochs[index] ?? 0) < Math.max(1, sale.epoch)) await buildGate({ db, gate }, sale);
	}
}

/** From the database, under the next epoch. What is under way meanwhile may let too many in. */
export async function buildGate({ db, gate }: Work, sale: Sale): Promise<void> {
	if (!(await nextEpoch(db, sale))) return;
	const units = await countUnits(db, sale.id);
	// Read after the users: a purchase in between may be counted as left once more, never less.
	const now = await findSale(db, sale.id);
	if (!now) return;
	await gate.open({ ...now, saleId: sale.id }, units);
}

/** Gives back what leaked from gates; answers how many units that were. */
export async function balanceOnce({ db, gate }: Work, now: Date): Promise<number> {
	let leaked = 0;
	for (const sale of await watchedSales(db, now, limits.flashSaleWatchedMax)) {
		leaked += await gate.balance(sale.id, sale.epoch, sale.left);
	}
	return leaked;
}

/** Tells what has changed since the last time, however often it did: a room needs no more. */
export async function tellOnce(db: Sql, now: Date): Promise<void> {
	for (const { id } of await untoldSales(db, limits.flashSaleWatchedMax)) {
		await db.transaction(async (tx) => {
			const sale = await findSale(tx, id);
			if (sale && (await markTold(tx, sale))) {
				await publish(tx, "flash-sales.changed", saleFact(sale, now));
			}
		});
	}
}

export class Watcher {
	readonly #setup: WatchSetup;
	readonly #stopping = new AbortController();
	#loops: Promise<void>[] = [];

	constructor(setup: WatchSetup) {
		this.#setup = setup;
	}

	start(): void {
		const { db } = this.#setup;
		const now = () => new Date();
		this.#loops = [
			this.#every(limits.flashSaleWatchMilliseconds, () => watchOnce(this.#setup, now())),
			this.#every(limits.flashSaleBalanceMilliseconds, async () => {
				const units = await balanceOnce(this.#setup, now());
				if (units > 0) this.#setup.onLeak?.(units);
			}),
			this.#every(limits.flashSaleTellMilliseconds, () => tellOnce(db, now()))
		];
	}

	async stop(): Promise<void> {
		this.#stopping.abort();
		await Promise.all(this.#loops);
	}

	async #every(milliseconds: number, work: () => Promise<unknown>): Promise<void> {
		const { signal } = this.#stopping;
		const { held, logger } = this.#setup;
		while (!signal.aborted) {
			try {
				if (held.isOn) await work();
			} catch (error) {
				logger.warn("Flash sales could not be looked after; trying again:", error);
			}
			await pause(milliseconds, signal);
		}
	}
}

/** Ends early when the signal comes. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
	sleep(milliseconds, undefined, { signal }).catch(() => {});
