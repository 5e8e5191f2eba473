/**
 * Who watches which room. A viewer counts for a few seconds after each beat of their page, or of
 * the edge that holds their socket, so that nobody has to say goodbye, and a node that dies leaves
 * no ghosts. One contract suite
 * (rooms.viewers.test.ts) runs on both stores.
 */
import type { Redis } from "ioredis";
import { limits } from "../../config/limits.ts";
import { defineScripts, type Script } from "../../mixins/redis.ts";

export interface ViewerStore {
	/** Counts the viewers from now on; answers how many watch. */
	touch(roomId: string, viewers: readonly string[]): Promise<number>;
	/** How many watch each room, in the order asked for. */
	counts(roomIds: readonly string[]): Promise<number[]>;
}

export interface ViewerBounds {
	readonly leaseMs: number;
	readonly viewersMax: number;
}

const bounds: ViewerBounds = {
	leaseMs: limits.viewLeaseMilliseconds,
	viewersMax: limits.viewersPerRoomMax
};

/** Of one process. `now` counts milliseconds and never goes back. */
export function memoryViewerStore(
	{ leaseMs, viewersMax }: ViewerBounds = bounds,
	now: () => number = () => performance.now()
): ViewerStore {
	/** Viewers and when they count as gone, in the order of that: all have the same lease. */
	const rooms = new Map<string, Map<string, number>>();
	const present = (roomId: string): Map<string, number> | undefined => {
		const viewers = rooms.get(roomId);
		if (!viewers) return undefined;
		for (const [viewer, goneAt] of viewers) {
			if (goneAt > now()) break;
			viewers.delete(viewer);
		}
		if (viewers.size === 0) rooms.delete(roomId);
		return viewers;
	};
	/** Rooms that nobody asks for any more; looked at once in a lease. */
	let sweepAt = 0;
	const sweep = () => {
		if (now() < sweepAt) return;
		sweepAt = now() + leaseMs;
		for (const roomId of [...rooms.keys()]) present(roomId);
	};
	return {
		async touch(roomId, touched) {
			sweep();
			const viewers = present(roomId) ?? new Map<string, number>();
			for (const viewer of touched) {
				// Deleted first, so that the viewer goes to the end of the order.
				const isKnown = viewers.delete(viewer);
				if (isKnown || viewers.size < viewersMax) viewers.set(viewer, now() + leaseMs);
			}
			if (viewers.size > 0) rooms.set(roomId, viewers);
			return viewers.size;
		},
		async counts(roomIds) {
			sweep();
			return roomIds.map((roomId) => present(roomId)?.size ?? 0);
		}
	};
}

interface Scripts {
	touchViewers: Script<
		[room: string],
		[leaseMs: number, max: number, ...viewers: string[]],
		number
	>;
	countViewers: Script<[room: string], [], number>;
}

const roomKey = (roomId: string): string => `rooms:viewers:{${roomId}}`;

/** Of all nodes, by the clock of Redis. Throws the client's error while Redis is away. */
export function redisViewerStore(
	client: Redis,
	{ leaseMs, viewersMax }: ViewerBounds = bounds
): ViewerStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	return {
		async touch(roomId, viewers) {
			let count = 0;
			let first = 0;
			// In parts: Redis stands still while a script runs.
			do {
				const part = viewers.slice(first, first + limits.viewersPerScriptMax);
				count = await scripts.touchViewers([roomKey(roomId)], [leaseMs, viewersMax, ...part]);
				first += limits.viewersPerScriptMax;
			} while (first < viewers.length);
			return count;
		},
		counts: (roomIds) =>
			Promise.all(roomIds.map((roomId) => scripts.countViewers([roomKey(roomId)], [])))
	};
}
