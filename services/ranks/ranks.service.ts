import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import type { GroupCommit } from "../../lib/group-commit.ts";
import { Recent } from "../../lib/recent.ts";
import { service } from "../../lib/service.ts";
import { watchCommits } from "../../mixins/figures.ts";
import { redis } from "../../mixins/redis.ts";
import { sql } from "../../mixins/sql/index.ts";
import { ranks } from "./ranks.contract.ts";
import { type Changed, giftCounting } from "./ranks.counting.ts";
import { type Board, readState, topOf, totalsOf } from "./ranks.model.ts";
import {
	dayBoard,
	fanBoard,
	fanLevelOf,
	type GiftFact,
	isRanking,
	sessionBoard,
	type Total
} from "./ranks.rules.ts";
import { memoryRankStore } from "./ranks.store.memory.ts";
import { redisRankStore } from "./ranks.store.redis.ts";
import type { RankStore } from "./ranks.store.ts";

const bounds = { keptMax: limits.rankKeptMax, freshMs: limits.rankFreshMilliseconds };
const recently = { keptMs: limits.rankRecentMillisecondsMax, entriesMax: limits.rankBoardsMax };

/** Generations of sums have rankings of its own in fast state: new sums may be lower. */
const storeName = ({ generation, board }: Board): string => `${generation}/${board}`;

export default service(ranks, {
	mixins: [sql(), redis()],
	dependencies: ["rooms", "users"],
	/** Made in `created`, when the broker and its stores are there. */
	state: () =>
		({}) as {
			store: RankStore;
			counting: GroupCommit<GiftFact, true>;
			/** Which session a room has, or had last. */
			sessions: Recent<string | undefined>;
			generation: Recent<number>;
		},
	methods: {
		/** The first of a ranking: from fast state, filled from SQL when it is not there. */
		async top(name: string, limit: number): Promise<readonly Total[]> {
			const board = { generation: await this.generation.get("read"), board: name };
			try {
				const held = await this.store.top(storeName(board), limit);
				if (held) return held;
				const totals = await topOf(this.sql, board, limits.rankKeptMax);
				await this.store.load(storeName(board), totals);
				return totals.slice(0, limit);
			} catch (error) {
				this.logger.debug("The ranking is read from SQL.", error);
				return topOf(this.sql, board, limit);
			}
		},

		/** What does not get there is read from SQL again when the ranking held there is old. */
		show(changed: readonly Changed[]): void {
			for (const { totals, ...board } of changed) {
				if (!isRanking(board.board)) continue;
				this.store
					.put(storeName(board), totals)
					.catch((error) => this.logger.debug("A ranking is behind for now.", error));
			}
		},

		async boardOf(roomId: string, period: "session" | "day"): Promise<string | undefined> {
			// Throws NOT_FOUND for a room that is not there, whatever is asked of it.
			const sessionId = await this.sessions.get(roomId);
			if (period === "day") return dayBoard(roomId, Date.now());
			return sessionId === undefined ? undefined : sessionBoard(sessionId);
		},

		async coinsOf(hostId: string, userIds: readonly string[]): Promise<Map<string, Total>> {
			const generation = await this.generation.get("read");
			return totalsOf(this.sql, { generation, board: fanBoard(hostId) }, userIds);
		}
	},
	actions: {
		async ranking(ctx) {
			const { id, period = "session", limit = limits.rankItemsDefault } = ctx.params;
			const board = await this.boardOf(id, period);
			const totals = board === undefined ? [] : await this.top(board, limit);
			if (totals.length === 0) return { items: [] };
			const ids = totals.map(({ userId }) => userId);
			const { items } = await ctx.call("users.getMany", { ids });
			const known = new Map(items.map((user) => [user.id, user]));
			return {
				items: totals.map(({ userId, coins }, index) => {
					const { nickname = `#${userId}`, avatarUrl = null, level = 0 } = known.get(userId) ?? {};
					return { user: { id: userId, nickname, avatarUrl, level }, coins, place: index + 1 };
				})
			};
		},

		async fan(ctx) {
			const userId = ctx.meta.user.id;
			const coins = (await this.coinsOf(ctx.params.id, [userId])).get(userId)?.coins ?? 0;
			const { level, next } = fanLevelOf(coins);
			return { coins, level, nextLevelCoins: next };
		},

		async fans(ctx) {
			const { hostId, userIds } = ctx.params;
			const totals = await this.coinsOf(hostId, userIds);
			return {
				items: userIds.map((userId) => {
					const coins = totals.get(userId)?.coins ?? 0;
					return { userId, coins, level: fanLevelOf(coins).level };
				})
			};
		}
	},
	events: {
		"rooms.changed"(ctx) {
			this.sessions.forget(ctx.params.roomId);
		}
	},
	channels: {
		async "gifts.sent"(ctx) {
			const { giftRecordId, roomId, sessionId, hostId, sender, coins, at } = ctx.params;
			await this.counting.submit({
				...{ recordId: giftRecordId, roomId, sessionId, hostId, userId: sender.id, coins },
				at: Date.parse(at)
			});
		}
	},
	created() {
		this.store = this.redis ? redisRankStore(this.redis, bounds) : memoryRankStore(bounds);
		const onCommit = watchCommits(this.broker, "ranks");
		this.counting = giftCounting(this.sql, (changed) => this.show(changed), onCommit);
		this.generation = new Recent(async () => (await readState(this.sql)).generation, recently);
		this.sessions = new Recent(async (id) => {
			const { items } = await typed(this.broker).call("rooms.sessions", { id, limit: 1 });
			return items[0]?.id;
		}, recently);
	},
	async stopped() {
		await this.counting.stop();
	}
});
