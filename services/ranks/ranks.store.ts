/** The top of each ranking that is read often. ranks.store.test.ts is the contract of both. */
import type { Total } from "./ranks.rules.ts";

export interface RankStore {
	/** The first `limit`, in order; undefined when the ranking is not held (any more). */
	top(board: string, limit: number): Promise<Total[] | undefined>;
	/** Holds a ranking for a while; sums that are higher here already stay. */
	load(board: string, totals: readonly Total[]): Promise<void>;
	/** New sums of a ranking, if it is held. Sums only grow: a lower one came late and is ignored. */
	put(board: string, totals: readonly Total[]): Promise<void>;
}

export interface RankBounds {
	/** Users held of each ranking. */
	readonly keptMax: number;
	/** How long a ranking is held after it was loaded. */
	readonly freshMs: number;
}
