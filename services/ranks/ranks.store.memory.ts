/** Rankings of one process. */
import { limits } from "../../config/limits.ts";
import { byPlace, type Total } from "./ranks.rules.ts";
import type { RankBounds, RankStore } from "./ranks.store.ts";

interface Held {
	readonly until: number;
	/** In order, at most `keptMax`. */
	totals: Total[];
}

/** `now` counts milliseconds and never goes back. */
export function memoryRankStore(
	{ keptMax, freshMs }: RankBounds,
	now: () => number = () => performance.now()
): RankStore {
	/** In the order of loading, so that the oldest is the first. */
	const boards = new Map<string, Held>();
	const heldOf = (board: string): Held | undefined => {
		const held = boards.get(board);
		if (!held || held.until > now()) return held;
		boards.delete(board);
		return undefined;
	};
	const merge = (held: Held, totals: readonly Total[]): void => {
		const users = new Map(held.totals.map((total) => [total.userId, total]));
		for (const total of totals) {
			const known = users.get(total.userId);
			if (!known || total.coins > known.coins) users.set(total.userId, total);
		}
		held.totals = [...users.values()].sort(byPlace).slice(0, keptMax);
	};
	return {
		async top(board, limit) {
			return heldOf(board)?.totals.slice(0, limit);
		},
		async load(board, totals) {
			const held: Held = { until: now() + freshMs, totals: heldOf(board)?.totals ?? [] };
			merge(held, totals);
			boards.delete(board);
			boards.set(board, held);
			const [oldest] = boards.size > limits.rankBoardsMax ? boards.keys() : [];
			if (oldest !== undefined) boards.delete(oldest);
		},
		async put(board, totals) {
			const held = heldOf(board);
			if (held) merge(held, totals);
		}
	};
}
