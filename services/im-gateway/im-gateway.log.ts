/**
 * What a node knows of a room's log: how far its sockets got, the last lines, and lines that came
 * before their turn. Routers of several nodes number the lines of a room, so they may arrive in any
 * order; they leave in the order of their offsets, each once. Pure: no clock, no I/O.
 */
export interface Line {
	readonly offset: number;
	readonly reliable: boolean;
	/** The envelope, encoded. */
	readonly json: string;
}

export interface Position {
	readonly epoch: string;
	readonly offset: number;
}

/** A page of the log, as its keeper answers it. */
export interface Page extends Position {
	readonly items: readonly Line[];
	/** False: something between is gone and cannot be had. */
	readonly recovered: boolean;
}

export interface LogBounds {
	readonly recentMax: number;
	readonly heldMax: number;
}

/** What became of a page: lines whose turn it is, and whether some before them are lost. */
export interface Filled {
	readonly lines: readonly Line[];
	readonly lost: boolean;
}

export class RoomLog {
	readonly #bounds: LogBounds;
	#epoch: string;
	#offset: number;
	#recent: Line[] = [];
	/** Lines before their turn, by epoch and offset. */
	readonly #held = new Map<string, Map<number, Line>>();
	#heldCount = 0;

	constructor(start: Position, bounds: LogBounds) {
		this.#epoch = start.epoch;
		this.#offset = start.offset;
		this.#bounds = bounds;
	}

	/** How far the sockets of this node got. */
	get position(): Position {
		return { epoch: this.#epoch, offset: this.#offset };
	}

	/** Takes lines in any order, repeats too; answers those whose turn it is now. */
	accept(epoch: string, lines: readonly Line[]): readonly Line[] {
		for (const line of lines) {
			if (epoch !== this.#epoch || line.offset > this.#offset) this.#hold(epoch, line);
		}
		return this.#release();
	}

	/** Lines wait for one that has not come. */
	get hasGap(): boolean {
		return this.#heldCount > 0;
	}

	/** Whether the log, as its keeper tells, goes on beyond what came. */
	isBehind(end: Position): boolean {
		return end.epoch !== this.#epoch || end.offset > this.#offset;
	}

	/** Takes a page that was asked for from `position` on. */
	fill(page: Page): Filled {
		const isSame = page.epoch === this.#epoch;
		const lost = !isSame || !page.recovered;
		if (lost) this.#recent = [];
		if (!isSame) {
			this.#epoch = page.epoch;
			this.#offset = 0;
		}
		const lines = page.items.filter(({ offset }) => offset > this.#offset);
		this.#offset = Math.max(this.#offset, page.offset);
		this.#keep(lines);
		this.#forgetOthers();
		return { lines: [...lines, ...this.#release()], lost };
	}

	/**
	 * The lines after a place, or the last ones. `older`: they are not in memory any more; `ahead`:
	 * this node has not got so far yet.
	 */
	since(after: Position | undefined, linesMax: number): readonly Line[] | "older" | "ahead" {
		if (!after || after.epoch !== this.#epoch) return this.#recent.slice(-linesMax);
		if (after.offset > this.#offset) return "ahead";
		if (after.offset === this.#offset) return [];
		const [first] = this.#recent;
		if (!first || first.offset > after.offset + 1) return "older";
		return this.#recent.filter(({ offset }) => offset > after.offset);
	}

	#hold(epoch: string, line: Line): void {
		// What does not fit is not lost: the gap that it leaves is filled from the log.
		if (this.#heldCount >= this.#bounds.heldMax) return;
		const held = this.#held.get(epoch) ?? new Map<number, Line>();
		this.#held.set(epoch, held);
		if (!held.has(line.offset)) this.#heldCount += 1;
		held.set(line.offset, line);
	}

	#release(): Line[] {
		const held = this.#held.get(this.#epoch);
		if (!held) return [];
		const lines: Line[] = [];
		for (;;) {
			const line = held.get(this.#offset + 1);
			if (!line) break;
			held.delete(line.offset);
			this.#offset = line.offset;
			lines.push(line);
		}
		for (const offset of held.keys()) if (offset <= this.#offset) held.delete(offset);
		if (held.size === 0) this.#held.delete(this.#epoch);
		this.#count();
		this.#keep(lines);
		return lines;
	}

	#keep(lines: readonly Line[]): void {
		this.#recent.push(...lines);
		if (this.#recent.length > this.#bounds.recentMax * 2) {
			this.#recent = this.#recent.slice(-this.#bounds.recentMax);
		}
	}

	/** Lines of an epoch that the keeper of the log does not know are of an earlier one. */
	#forgetOthers(): void {
		for (const epoch of this.#held.keys()) if (epoch !== this.#epoch) this.#held.delete(epoch);
		this.#count();
	}

	#count(): void {
		this.#heldCount = 0;
		for (const held of this.#held.values()) this.#heldCount += held.size;
	}
}
