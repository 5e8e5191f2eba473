/** The logs of rooms in the memory of one process. */
import {
	type Line,
	type LogEnd,
	type LogPage,
	newName,
	type StoreBounds
} from "./im-router.store.ts";

interface Log {
	readonly epoch: string;
	offset: number;
	lines: string[];
	/** Life to generation. */
	readonly wishes: Map<string, string>;
	/** Answers by origin, in the order of time. */
	readonly said: Map<string, { id: string; offset: number; at: number }>;
	usedAt: number;
}

export class LogBook {
	readonly #logs = new Map<string, Log>();
	readonly #bounds: StoreBounds;
	readonly #now: () => number;

	constructor(bounds: StoreBounds, now: () => number) {
		this.#bounds = bounds;
		this.#now = now;
	}

	find(roomId: string): Log | undefined {
		return this.#logs.get(roomId);
	}

	open(roomId: string): Log {
		let log = this.#logs.get(roomId);
		if (!log) {
			const fresh = { wishes: new Map(), said: new Map(), usedAt: 0 };
			log = { epoch: newName(), offset: 0, lines: [], ...fresh };
			this.#logs.set(roomId, log);
		}
		log.usedAt = this.#now();
		return log;
	}

	/** How many lines can be read; up to twice as many lie there. */
	kept({ lines }: Log): number {
		return Math.min(lines.length, this.#bounds.logLinesMax);
	}

	append(roomId: string, { origin, id, text }: Line) {
		const log = this.open(roomId);
		const { epoch } = log;
		this.#forgetSaid(log);
		const before = log.said.get(origin);
		if (before) return { isNew: false, epoch, offset: before.offset, id: before.id };
		let offset = 0;
		if (text !== undefined) {
			log.offset += 1;
			offset = log.offset;
			log.lines.push(text);
			// Cut in strides: each cut moves all that stays.
			const { logLinesMax } = this.#bounds;
			if (log.lines.length >= logLinesMax * 2) log.lines = log.lines.slice(-logLinesMax);
		}
		log.said.set(origin, { id, offset, at: this.#now() });
		return { isNew: true, epoch, offset, id };
	}

	read(roomId: string, after: LogEnd | undefined): LogPage | undefined {
		const log = this.#logs.get(roomId);
		if (!log) return undefined;
		const { epoch, offset } = log;
		const { pageLinesMax, freshLines } = this.#bounds;
		const kept = this.kept(log);
		const missing = offset - (after?.offset ?? 0);
		const canGoOn = after?.epoch === epoch && missing >= 0;
		const complete = canGoOn && missing <= Math.min(kept, pageLinesMax);
		const count = complete ? missing : Math.min(kept, freshLines);
		const lines = count === 0 ? [] : log.lines.slice(-count);
		return { epoch, offset, complete: complete || after === undefined, lines };
	}

	/** Wishes of nodes that are gone, and logs of rooms that have been silent for long. */
	sweep(isAlive: (life: string) => boolean): number {
		let removed = 0;
		for (const [roomId, log] of this.#logs) {
			this.#forgetSaid(log);
			for (const life of log.wishes.keys()) {
				if (isAlive(life)) continue;
				log.wishes.delete(life);
				removed += 1;
			}
			if (log.usedAt < this.#now() - this.#bounds.logSilenceMs) this.#logs.delete(roomId);
		}
		return removed;
	}

	#forgetSaid({ said }: Log): void {
		for (const [origin, { at }] of said) {
			if (at > this.#now() - this.#bounds.repeatMs) return;
			said.delete(origin);
		}
	}
}
