/** Rankings that all nodes share. Throws the client's error while Redis is away. */
import type { Redis } from "ioredis";
import { defineScripts, type Script } from "../../mixins/redis.ts";
import type { Total } from "./ranks.rules.ts";
import type { RankBounds, RankStore } from "./ranks.store.ts";

type Keys = [board: string, members: string];

interface Scripts {
	putTotals: Script<
		Keys,
		[mode: "load" | "put", freshMs: number, keptMax: number, ...totals: (string | number)[]],
		0 | 1
	>;
	readTop: Script<Keys, [limit: number], string[] | null>;
}

/** The braces keep both keys on one node of a Redis cluster. */
const keysOf = (board: string): Keys => [`ranks:{${board}}`, `ranks:{${board}}:members`];

const digits = 16;
/** The highest number that is exact; it has as many digits. */
const most = Number.MAX_SAFE_INTEGER;
const inverted = (value: number): string => String(most - value).padStart(digits, "0");

/** Of equal sums Redis shows the higher member first: the earlier time, then the lower id. */
const memberOf = ({ userId, reachedAt }: Total): string =>
	`${inverted(reachedAt)}:${inverted(Number(userId))}:${userId}`;

function totalOf(member: string, coins: string): Total {
	const [reached = "", , userId = ""] = member.split(":");
	return { userId, coins: Number(coins), reachedAt: most - Number(reached) };
}

export function redisRankStore(client: Redis, { keptMax, freshMs }: RankBounds): RankStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	const put = async (mode: "load" | "put", board: string, totals: readonly Total[]) => {
		const sums = totals.flatMap((total) => [total.userId, total.coins, memberOf(total)]);
		await scripts.putTotals(keysOf(board), [mode, freshMs, keptMax, ...sums]);
	};
	return {
		async top(board, limit) {
			const found = await scripts.readTop(keysOf(board), [limit]);
			if (found === null) return undefined;
			return Array.from({ length: found.length / 2 }, (_, index) =>
				totalOf(found[2 * index] as string, found[2 * index + 1] as string)
			);
		},
		load: (board, totals) => put("load", board, totals),
		put: (board, totals) => put("put", board, totals)
	};
}
