/** What no event brings about: silence, graces that are over, counts of viewers and likes. */
import { limits } from "../../config/limits.ts";
import type { Held } from "../../mixins/lease/index.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { applyEvent } from "./rooms.lifecycle.ts";
import type { LikeStore } from "./rooms.likes.ts";
import { heatOf, type RoomEvent } from "./rooms.rules.ts";
import {
	type Cutoffs,
	findOpenRooms,
	findOverdue,
	writeLikes,
	writeSample
} from "./rooms.sessions.model.ts";
import type { ViewerStore } from "./rooms.viewers.ts";

/**
 * Pauses rooms whose stream nobody speaks for (their media node died), and ends those whose
 * encoder stayed away. Each room is judged again in its own transaction, so it does not matter
 * whether two nodes do this at once; the lease only saves work.
 */
export async function sweepRooms(
	db: Sql,
	{ now, graceSeconds }: { now: Date; graceSeconds: number }
): Promise<void> {
	const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
	const cutoffs: Cutoffs = {
		silent: ago(limits.streamSilenceSecondsMax),
		grace: ago(graceSeconds),
		firstPacket: ago(limits.roomFirstPacketSecondsMax)
	};
	const events: readonly RoomEvent[] = [
		{ type: "silent", before: cutoffs.silent, at: now },
		{ type: "grace-over", before: cutoffs.grace, at: now },
		{ type: "never-aired", before: cutoffs.firstPacket, at: now }
	];
	for (const roomId of await findOverdue(db, cutoffs, limits.roomSweepRowsMax)) {
		await db.transaction(async (tx) => {
			for (const event of events) await applyEvent(tx, roomId, event);
		});
	}
}

/** Writes how many watch: for lists, whose order follows it, and for the session's peak. */
export async function sampleViewers(db: Sql, viewers: ViewerStore): Promise<void> {
	const open = await findOpenRooms(db, limits.roomSampleRoomsMax);
	const counts = await viewers.counts(open.map(({ id }) => id));
	for (const [index, { id, sessionId, ...room }] of open.entries()) {
		const count = counts[index] ?? 0;
		if (count === room.viewers || sessionId === null) continue;
		const heat = heatOf(count, room.startedAt ?? room.createdAt);
		await writeSample(db, { id, sessionId, viewers: count, heat });
	}
}

/** Writes likes that came since the last time, also those of sessions that ended meanwhile. */
export async function saveLikes(db: Sql, likes: LikeStore): Promise<void> {
	for (const { sessionId, total } of await likes.unsaved(limits.likesSavedPerRoundMax)) {
		await writeLikes(db, sessionId, total);
		await likes.saved(sessionId, total);
	}
}

export interface SweeperSetup {
	readonly db: Sql;
	readonly viewers: ViewerStore;
	readonly likes: LikeStore;
	/** Held by the one node that does this now. */
	readonly held: Held;
	readonly graceSeconds: () => number;
	readonly logger: { warn(...words: unknown[]): void };
}

/** Looks after the rooms every second while it holds the lease. */
export class Sweeper {
	readonly #setup: SweeperSetup;
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> = Promise.resolve();
	#sampledAt = Number.NEGATIVE_INFINITY;
	#isStopped = false;

	constructor(setup: SweeperSetup) {
		this.#setup = setup;
	}

	/** The next round begins a while after the one before it has ended. */
	start(): void {
		if (this.#isStopped) return;
		this.#timer = setTimeout(() => {
			this.#round = this.#sweep().then(() => this.start());
		}, limits.roomSweepMilliseconds);
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
		// In embedded mode the likes since the last round go with the process.
		await this.#sweep(true);
	}

	async #sweep(isLast = false): Promise<void> {
		const { db, viewers, likes, held, graceSeconds, logger } = this.#setup;
		if (held.token === undefined) return;
		try {
			if (isLast) return await saveLikes(db, likes);
			await sweepRooms(db, { now: new Date(), graceSeconds: graceSeconds() });
			if (performance.now() - this.#sampledAt < limits.roomSampleMilliseconds) return;
			this.#sampledAt = performance.now();
			await sampleViewers(db, viewers);
			await saveLikes(db, likes);
		} catch (error) {
			logger.warn("Rooms were not looked after; trying again:", error);
		}
	}
}
