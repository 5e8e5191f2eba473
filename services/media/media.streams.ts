/** The streams of this node: who may become one, which is played, when they end. */
import { setTimeout as sleep } from "node:timers/promises";
import { commonErrors } from "../../lib/errors.ts";
import type { MediaBounds } from "./media.bounds.ts";
import { mediaErrors } from "./media.errors.ts";
import type { Admission } from "./media.publisher.ts";
import { Report, type RoomsPort } from "./media.report.ts";
import type { StreamStore } from "./media.store.ts";
import { Stream } from "./media.stream.ts";

export interface StreamsOptions {
	readonly rooms: RoomsPort;
	readonly store: StreamStore;
	readonly nodeId: string;
	readonly bounds: MediaBounds;
	/** Base of this node's play addresses. */
	base(): string;
	now(): number;
	onFailed(what: string, error: unknown): void;
}

interface Entry {
	readonly stream: Stream;
	readonly report: Report;
}

export class Streams {
	readonly #options: StreamsOptions;
	readonly #entries = new Map<string, Entry>();
	readonly #goodbyes = new Set<Promise<void>>();
	#isClosing = false;

	constructor(options: StreamsOptions) {
		this.#options = options;
	}

	get size(): number {
		return this.#entries.size;
	}

	get viewers(): number {
		let count = 0;
		for (const { stream } of this.#entries.values()) count += stream.viewers.size;
		return count;
	}

	/** The stream of a room on this node. */
	find(roomId: string): Stream | undefined {
		return this.#entries.get(roomId)?.stream;
	}

	/**
	 * Asks `rooms`, and opens the stream. Throws PUBLISHER_ACTIVE, what `rooms` answers, TIMEOUT;
	 * nothing was opened then.
	 */
	async admit({ roomId, key, address, close }: Admission): Promise<Stream> {
		// Before asking: each yes raises the generation, and would end the stream that is there.
		await this.#requireFree(roomId);
		const granted = await this.#authorize({ key, address });
		if (granted.roomId !== roomId) throw commonErrors.FORBIDDEN();
		if (this.#isClosing) throw mediaErrors.NODE_STOPPING();
		const { generation } = granted;
		const old = this.find(roomId);
		if (old && old.generation > generation) throw mediaErrors.PUBLISHER_REPLACED();
		old?.end("replaced");
		return this.#open({ roomId, generation, close });
	}

	async #requireFree(roomId: string): Promise<void> {
		const { store, bounds, nodeId, base } = this.#options;
		if (this.#isClosing) throw mediaErrors.NODE_STOPPING();
		const here = this.find(roomId);
		const isActive = here && here.silentMilliseconds() < bounds.takeoverMilliseconds;
		if (isActive) throw mediaErrors.PUBLISHER_ACTIVE();
		// Without the registry the generation still decides, only later.
		const known = here ? undefined : await store.find(roomId).catch(() => undefined);
		// Another name at our own address is an earlier life of this node, which was killed.
		const isElsewhere = known && known.nodeId !== nodeId && known.base !== base();
		if (isElsewhere && !known.isIdle) throw mediaErrors.PUBLISHER_ACTIVE();
	}

	/** The broker's own timeout counts from the call alone; a hanging call must not hold a socket. */
	async #authorize(params: { key: string; address: string }) {
		const { rooms, bounds } = this.#options;
		const deadline = new AbortController();
		try {
			return await Promise.race([
				rooms.authorizePublish(params),
				sleep(bounds.authorizeMilliseconds, undefined, { signal: deadline.signal }).then(() => {
					throw commonErrors.TIMEOUT();
				})
			]);
		} finally {
			deadline.abort();
		}
	}

	#open(publish: { roomId: string; generation: number; close: () => void }): Stream {
		const { bounds, now } = this.#options;
		const stream = new Stream({
			roomId: publish.roomId,
			generation: publish.generation,
			bounds,
			now,
			closePublisher: publish.close,
			onRunning: ({ roomId }) => this.#entries.get(roomId)?.report.tick(),
			onEnded: (ended, reason) => this.#onEnded(ended, reason)
		});
		this.#entries.set(publish.roomId, { stream, report: this.#reportOf(stream) });
		return stream;
	}

	#reportOf(stream: Stream): Report {
		const { rooms, store, nodeId, bounds, base, now, onFailed } = this.#options;
		const { takeoverMilliseconds, healthMilliseconds } = bounds;
		const timing = { takeoverMilliseconds, healthMilliseconds, now };
		return new Report({ stream, rooms, store, nodeId, base: base(), onFailed, ...timing });
	}

	#onEnded(stream: Stream, reason: string): void {
		const entry = this.#entries.get(stream.roomId);
		if (entry?.stream !== stream) return;
		this.#entries.delete(stream.roomId);
		const goodbye = entry.report.stop(reason).finally(() => this.#goodbyes.delete(goodbye));
		this.#goodbyes.add(goodbye);
	}

	/** About once a second. */
	tick(): void {
		for (const { stream, report } of [...this.#entries.values()]) {
			stream.tick();
			if (!stream.isOver) report.tick();
		}
	}

	/** Ends the room's stream if it is not newer than `generation`. */
	kick(roomId: string, generation = Number.POSITIVE_INFINITY): void {
		const stream = this.find(roomId);
		if (stream && stream.generation <= generation) stream.end("kicked");
	}

	/** Takes no new streams, ends all, and resolves when `rooms` was told. */
	async close(): Promise<void> {
		this.#isClosing = true;
		for (const { stream } of [...this.#entries.values()]) stream.end("restarting");
		await Promise.all(this.#goodbyes);
	}
}
