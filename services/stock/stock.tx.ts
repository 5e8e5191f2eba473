/**
 * The steps of the stock that other services run inside their own transaction, so that an order
 * and its goods commit together or not at all.
 *
 * Every unit is in one of three places: on hand (can be bought), reserved (for somebody who has
 * not paid yet), sold. A step moves units from one place to another, never below zero, and each
 * reference takes each step once: told again it is `repeated`, in this call or years later.
 *
 * One step per transaction where it can be: each locks its rows in ascending order, and a second
 * step of the same transaction can meet another in the wrong order. That ends as a deadlock which
 * the transaction is run again for, not as a loss.
 */
import type { Transaction } from "../../mixins/sql/index.ts";
import { insertLevels } from "./stock.model.ts";
import { moveAll } from "./stock.moving.ts";
import { levelKey } from "./stock.rules.ts";

export interface StockLine {
	readonly skuId: string;
	/** Above zero. */
	readonly quantity: number;
	/**
	 * ASCII without spaces, unique for ever per step, e.g. `"order:<id>:<line>"`. What was reserved
	 * under a reference is released or sold under the same one, and only one of both.
	 */
	readonly reference: string;
	/** The default warehouse unless told. */
	readonly warehouseId?: string;
}

export type StockVerdict =
	/** `onHand`: what can still be bought after this line. */
	| { readonly outcome: "done"; readonly onHand: number }
	/** `available`: what was there to be moved when this line's turn came; 0 for unknown SKUs. */
	| { readonly outcome: "insufficient"; readonly available: number }
	/** Done before, by this very line. */
	| { readonly outcome: "repeated" }
	/** The reference took this step with another SKU or quantity, or was settled the other way. */
	| { readonly outcome: "conflict" }
	/** Would have been done, but another line could not and all or none was asked for. */
	| { readonly outcome: "withheld" };

export interface StockOptions {
	/** Nothing is written unless each line is `done` or `repeated`. Else each line is alone. */
	readonly allOrNothing?: boolean;
}

/**
 * One step for many lines, in their order; earlier lines count for later ones of the same SKU. A
 * handful of statements, however many lines. Throws `TypeError` for lines that no caller may make.
 */
export type StockStep = (
	tx: Transaction,
	lines: readonly StockLine[],
	options?: StockOptions
) => Promise<StockVerdict[]>;

/** On hand → reserved. */
export const reserve: StockStep = (tx, lines, options) => moveAll(tx, "reserve", lines, options);

/** Reserved → on hand. */
export const release: StockStep = (tx, lines, options) => moveAll(tx, "release", lines, options);

/** Reserved → sold. */
export const sell: StockStep = (tx, lines, options) => moveAll(tx, "sell", lines, options);

/** On hand → sold, for who pays at once. */
export const sellNow: StockStep = (tx, lines, options) => moveAll(tx, "sell-now", lines, options);

/** Sold → on hand, for what came back. */
export const giveBack: StockStep = (tx, lines, options) => moveAll(tx, "give-back", lines, options);

export interface NewStock {
	readonly skuId: string;
	/** From 0. */
	readonly quantity: number;
	/** Who brought it. */
	readonly actorId: string;
}

/** Opens the stock of new SKUs in the default warehouse, in the transaction that makes them. */
export async function openStock(tx: Transaction, skus: readonly NewStock[]): Promise<void> {
	await insertLevels(
		tx,
		skus.map(({ skuId }) => levelKey(skuId))
	);
	const lines = skus
		.filter(({ quantity }) => quantity > 0)
		.map((sku) => ({ ...sku, reference: `sku:${sku.skuId}` }));
	await moveAll(tx, "initial", lines, { allOrNothing: true });
}
