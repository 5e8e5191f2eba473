/**
 * What others are told of one stream: `rooms` hears that it started, how it is, that it stopped;
 * the registry hears who has it. One message at a time and in order, so that a late "started"
 * cannot follow a "stopped".
 */
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../config/limits.ts";
import type { ParamsOf, ReturnsOf } from "../../lib/context.ts";
import type { StreamStore } from "./media.store.ts";
import type { Stream } from "./media.stream.ts";

type RoomsAction<
	N extends "authorizePublish" | "streamStarted" | "streamHealth" | "streamStopped"
> = (params: ParamsOf<`rooms.${N}`>) => Promise<ReturnsOf<`rooms.${N}`>>;

/** The actions of `rooms` that media calls. */
export interface RoomsPort {
	readonly authorizePublish: RoomsAction<"authorizePublish">;
	readonly streamStarted: RoomsAction<"streamStarted">;
	readonly streamHealth: RoomsAction<"streamHealth">;
	readonly streamStopped: RoomsAction<"streamStopped">;
}

export interface ReportOptions {
	readonly stream: Stream;
	readonly rooms: RoomsPort;
	readonly store: StreamStore;
	readonly nodeId: string;
	readonly base: string;
	readonly takeoverMilliseconds: number;
	readonly healthMilliseconds: number;
	now(): number;
	onFailed(what: string, error: unknown): void;
}

const stopRetriesMs = [300, 1_000];

export class Report {
	readonly #options: ReportOptions;
	#queue: Promise<void> = Promise.resolve();
	#isWaiting = false;
	/** An answer that is lost may have been acted on: the end must be told all the same. */
	#wasTried = false;
	#isTold = false;
	#healthAt = Number.NEGATIVE_INFINITY;
	#leaseAt = Number.NEGATIVE_INFINITY;

	constructor(options: ReportOptions) {
		this.#options = options;
	}

	/** Tells what is due; does nothing while the last message has no answer. */
	tick(): void {
		if (this.#isWaiting || !this.#options.stream.isRunning) return;
		this.#isWaiting = true;
		this.#then(async () => {
			try {
				await this.#lease();
				await this.#health();
			} finally {
				this.#isWaiting = false;
			}
		});
	}

	/** Tells that the stream is over; resolves when that is told, or cannot be. */
	async stop(reason: string): Promise<void> {
		this.#then(() => this.#stopped(reason));
		await this.#queue;
	}

	#then(step: () => Promise<void>): void {
		this.#queue = this.#queue.then(step).catch(() => {});
	}

	async #lease(): Promise<void> {
		const { stream, store, nodeId, base, takeoverMilliseconds, now } = this.#options;
		if (stream.isOver || now() - this.#leaseAt < limits.mediaLeaseRenewMilliseconds) return;
		const { roomId, generation } = stream;
		const isIdle = stream.silentMilliseconds() >= takeoverMilliseconds;
		const entry = { roomId, generation, nodeId, base, isIdle };
		try {
			const isNewest = await store.put(entry, limits.mediaLeaseMilliseconds);
			this.#leaseAt = now();
			if (!isNewest) stream.end("replaced");
		} catch (error) {
			// Viewers of other nodes do not find it meanwhile; those who are here go on.
			this.#options.onFailed("registry", error);
		}
	}

	async #health(): Promise<void> {
		const { stream, rooms, nodeId, healthMilliseconds, now } = this.#options;
		if (stream.isOver || now() - this.#healthAt < healthMilliseconds) return;
		this.#wasTried = true;
		const about = { roomId: stream.roomId, generation: stream.generation, info: stream.info() };
		try {
			const { current } = this.#isTold
				? await rooms.streamHealth(about)
				: await rooms.streamStarted({ ...about, nodeId });
			this.#isTold = true;
			this.#healthAt = now();
			// A newer publish, a new key or the end, of which the message to us was lost.
			if (!current) stream.end("replaced");
		} catch (error) {
			this.#options.onFailed("rooms", error);
		}
	}

	async #stopped(reason: string): Promise<void> {
		const { stream, rooms, store } = this.#options;
		const { roomId, generation } = stream;
		await store.remove(roomId, generation).catch(() => {});
		if (!this.#wasTried) return;
		for (const wait of [...stopRetriesMs, undefined]) {
			try {
				await rooms.streamStopped({ roomId, generation, reason });
				return;
			} catch (error) {
				this.#options.onFailed("rooms", error);
				if (wait !== undefined) await sleep(wait);
			}
		}
	}
}
