/**
 * The likes of live sessions, counted here and saved every few seconds by the node that looks
 * after the rooms. A store that was emptied goes on from what was saved, so that it costs a few
 * seconds of likes and the count that people see in the database never falls. One contract suite
 * (rooms.likes.test.ts) runs on both stores.
 */
import type { Redis } from "ioredis";
import { limits } from "../../config/limits.ts";
import { defineScripts, type Script } from "../../mixins/redis.ts";

export interface LikeStore {
	/** Counts more likes, from `saved` on at the least; answers the total of the session. */
	add(sessionId: string, likes: { count: number; saved: number }): Promise<number>;
	/** Sessions that got likes since they were saved, at most `limit`. */
	unsaved(limit: number): Promise<{ sessionId: string; total: number }[]>;
	/** The total stands in the database; likes that came since stay unsaved. */
	saved(sessionId: string, total: number): Promise<void>;
}

export interface LikeBounds {
	readonly idleMs: number;
	readonly totalMax: number;
}

const bounds: LikeBounds = {
	idleMs: limits.likesIdleMilliseconds,
	totalMax: limits.likesPerSessionMax
};

/** Of one process. */
export function memoryLikeStore({ idleMs, totalMax }: LikeBounds = bounds): LikeStore {
	/** In the order of their last like, so that the idle ones come first. */
	const sessions = new Map<string, { total: number; likedAt: number }>();
	const changed = new Set<string>();
	const forgetIdle = (now: number) => {
		for (const [sessionId, { likedAt }] of sessions) {
			if (now - likedAt < idleMs) break;
			sessions.delete(sessionId);
			changed.delete(sessionId);
		}
	};
	return {
		async add(sessionId, { count, saved }) {
			const now = performance.now();
			forgetIdle(now);
			const known = Math.max(sessions.get(sessionId)?.total ?? 0, saved);
			if (count === 0) return known;
			const total = Math.min(known + count, totalMax);
			sessions.delete(sessionId);
			sessions.set(sessionId, { total, likedAt: now });
			changed.add(sessionId);
			return total;
		},
		async unsaved(limit) {
			forgetIdle(performance.now());
			return [...changed]
				.slice(0, limit)
				.map((sessionId) => ({ sessionId, total: sessions.get(sessionId)?.total ?? 0 }));
		},
		async saved(sessionId, total) {
			if (sessions.get(sessionId)?.total === total) changed.delete(sessionId);
		}
	};
}

interface Scripts {
	addLikes: Script<
		[total: string, changed: string],
		[session: string, count: number, saved: number, max: number, idleMs: number],
		number
	>;
	markLikesSaved: Script<
		[total: string, changed: string],
		[session: string, saved: number],
		number
	>;
}

// One slot for all of them: a session and the set that names it change together.
const totalKey = (sessionId: string): string => `rooms:{likes}:total:${sessionId}`;
const changedKey = "rooms:{likes}:changed";

/** Of all nodes. Throws the client's error while Redis is away. */
export function redisLikeStore(
	client: Redis,
	{ idleMs, totalMax }: LikeBounds = bounds
): LikeStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	return {
		add: (sessionId, { count, saved }) =>
			scripts.addLikes(
				[totalKey(sessionId), changedKey],
				[sessionId, count, saved, totalMax, idleMs]
			),
		async unsaved(limit) {
			const ids = await client.srandmember(changedKey, limit);
			if (ids.length === 0) return [];
			const totals = await client.mget(ids.map(totalKey));
			return ids.map((sessionId, index) => ({ sessionId, total: Number(totals[index] ?? 0) }));
		},
		async saved(sessionId, total) {
			await scripts.markLikesSaved([totalKey(sessionId), changedKey], [sessionId, total]);
		}
	};
}
