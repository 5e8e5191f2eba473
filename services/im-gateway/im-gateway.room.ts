/**
 * One room on this node: its sockets, and its log as far as it came here. Under load the lines of a
 * tick leave together; what was lost on the way is read from the log.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../config/limits.ts";
import { Batch, type Item } from "./im-gateway.frames.ts";
import { type Line, type Page, type Position, RoomLog } from "./im-gateway.log.ts";

export interface Member {
	readonly isGone: boolean;
	send(batch: Batch): void;
}

export interface RoomPorts {
	/** From now on the room's lines come here; answers where its log ends. */
	join(roomId: string): Promise<Position>;
	part(roomId: string): Promise<void>;
	/** The lines after a place, or the last ones. */
	history(roomId: string, after?: Position): Promise<Page>;
	/** The envelope that tells those who are here that lines are lost. */
	gapNotice(roomId: string, position: Position): string;
	now(): number;
	/** Of what went wrong in the background and is tried again. */
	warn(message: string, error: unknown): void;
}

export interface Entered extends Position {
	readonly recovered: boolean;
	readonly lines: readonly Line[];
}

/** So many pages behind, a client is better off with the last lines. */
const pagesOnEnterMax = 3;

export class NodeRoom<M extends Member> {
	readonly id: string;
	readonly members = new Set<M>();
	readonly #ports: RoomPorts;
	readonly #log: RoomLog;
	#waiting: Item[] = [];
	#flushTimer: NodeJS.Timeout | undefined;
	#gapTimer: NodeJS.Timeout | undefined;
	#filling: Promise<void> | undefined;
	/** Lines of the second that began at `#secondAt`, and of the one before it. */
	#secondAt = 0;
	#secondLines = 0;
	#earlierLines = 0;
	#isOpen = false;
	#isClosed = false;

	private constructor(id: string, start: Position, ports: RoomPorts) {
		this.id = id;
		this.#ports = ports;
		const bounds = { recentMax: limits.recentLinesMax, heldMax: limits.heldLinesMax };
		this.#log = new RoomLog(start, bounds);
	}

	/**
	 * Joins and reads the last lines. `onJoining` gets the room as soon as lines may arrive for it:
	 * they are held back until the history is there.
	 */
	static async open<M extends Member>(
		id: string,
		ports: RoomPorts,
		onJoining: (room: NodeRoom<M>) => void
	): Promise<NodeRoom<M>> {
		const room = new NodeRoom<M>(id, { epoch: "", offset: 0 }, ports);
		onJoining(room);
		await ports.join(id);
		room.#log.fill(await ports.history(id));
		room.#isOpen = true;
		if (room.#log.hasGap) room.#fillLater();
		return room;
	}

	get position(): Position {
		return this.#log.position;
	}

	/**
	 * Puts the member in and answers what it missed. The member is added in the turn in which its
	 * lines are taken, after all that came before was sent: nothing is missing, nothing comes twice.
	 */
	async enter(member: M, after?: Position): Promise<Entered> {
		if (after) await this.#catchUp(after);
		let older: Page | undefined;
		for (let attempt = 0; attempt < pagesOnEnterMax; attempt += 1) {
			const lines = this.#linesAfter(after, older);
			if (lines) return this.#add(member, this.#isOfThisEpoch(after), lines);
			const page = await this.#ports.history(this.id, older ?? after);
			if (!page.recovered || page.epoch !== this.position.epoch) break;
			older = joinPages(older, page);
		}
		return this.#add(member, false, this.#lastLines());
	}

	/** Lines from a router, in any order; those without an offset are not part of the log. */
	deliver(
		epoch: string,
		lines: readonly (Item & { readonly offset?: number | undefined })[]
	): void {
		const loose: Item[] = [];
		const numbered: Line[] = [];
		for (const line of lines) {
			if (line.offset === undefined) loose.push(line);
			else numbered.push(line as Line);
		}
		this.#queue([...this.#log.accept(epoch, numbered), ...loose]);
		if (this.#log.hasGap) this.#fillLater();
	}

	/** Where the log ends by its keeper: what never arrived is noticed here. */
	compare(end: Position): void {
		if (this.#log.isBehind(end)) this.#fillLater();
	}

	/** Something for all who are here, beside the log. */
	broadcast(json: string): void {
		this.#queue([{ reliable: false, json }]);
	}

	close(): void {
		this.#isClosed = true;
		clearTimeout(this.#flushTimer);
		clearTimeout(this.#gapTimer);
	}

	/** All that goes before what this member will get live; undefined where some is not in memory. */
	#linesAfter(after: Position | undefined, older: Page | undefined): readonly Line[] | undefined {
		const { offset } = this.position;
		// What lies beyond the place of this node will come to the member with the others.
		const read = older?.items.filter((line) => line.offset <= offset) ?? [];
		if (older && older.offset >= offset) return read;
		const since = this.#log.since(older ?? after, limits.linesOnEnterMax);
		if (since === "ahead") return this.#lastLines();
		return since === "older" ? undefined : [...read, ...since];
	}

	#lastLines(): readonly Line[] {
		return this.#log.since(undefined, limits.linesOnEnterMax) as readonly Line[];
	}

	/** Whether the place means something here: of this log, and not beyond its end. */
	#isOfThisEpoch(after: Position | undefined): boolean {
		const { epoch, offset } = this.position;
		return !after || (after.epoch === epoch && after.offset <= offset);
	}

	#add(member: M, recovered: boolean, lines: readonly Line[]): Entered {
		this.#flush();
		this.members.add(member);
		return { ...this.position, recovered, lines };
	}

	/** A client that was on another node may have seen more than this node yet. */
	async #catchUp(after: Position): Promise<void> {
		if (after.epoch === this.position.epoch && after.offset <= this.position.offset) return;
		await this.#fill();
	}

	#queue(items: readonly Item[]): void {
		if (items.length === 0) return;
		this.#waiting.push(...items);
		const isAlone = this.#isQuiet(items.length) && !this.#flushTimer;
		if (isAlone || this.#waiting.length >= limits.linesPerFlushMax) {
			this.#flush();
			return;
		}
		this.#flushTimer ??= setTimeout(() => this.#flush(), limits.roomTickMilliseconds);
	}

	/** Few lines came lately, these included: gathering would delay them and save nothing. */
	#isQuiet(lines: number): boolean {
		const now = this.#ports.now();
		const age = now - this.#secondAt;
		if (age >= 1_000) {
			this.#earlierLines = age < 2_000 ? this.#secondLines : 0;
			this.#secondAt = now;
			this.#secondLines = 0;
		}
		this.#secondLines += lines;
		return Math.max(this.#secondLines, this.#earlierLines) <= limits.linesAtOncePerSecond;
	}

	#flush(): void {
		clearTimeout(this.#flushTimer);
		this.#flushTimer = undefined;
		if (this.#waiting.length === 0) return;
		const batch = new Batch(this.#waiting);
		this.#waiting = [];
		for (const member of this.members) member.send(batch);
	}

	/** Most gaps close by themselves: lines of two routers overtake each other. */
	#fillLater(): void {
		if (this.#gapTimer || this.#isClosed || !this.#isOpen) return;
		this.#gapTimer = setTimeout(async () => {
			const { position } = this;
			if (!this.#isClosed) await this.#fill().catch((error) => this.#unfilled(error));
			this.#gapTimer = undefined;
			const isStuck = this.#log.hasGap && this.position.offset === position.offset;
			if (isStuck) await sleep(limits.gapRetryMilliseconds, undefined, { ref: false });
			if (this.#log.hasGap) this.#fillLater();
		}, limits.holdBackMilliseconds);
	}

	#unfilled(error: unknown): void {
		this.#ports.warn(`The gap in room ${this.id} could not be filled.`, error);
	}

	/** Reads what is missing. Throws while the log cannot be read. */
	#fill(): Promise<void> {
		this.#filling ??= this.#readMissing().finally(() => {
			this.#filling = undefined;
		});
		return this.#filling;
	}

	async #readMissing(): Promise<void> {
		const page = await this.#ports.history(this.id, this.position);
		const { lines, lost } = this.#log.fill(page);
		const notice = lost ? [{ reliable: true, json: this.#ports.gapNotice(this.id, page) }] : [];
		this.#queue([...notice, ...lines]);
	}
}

const joinPages = (first: Page | undefined, next: Page): Page => ({
	...next,
	// The place to go on from is the last line that was read, not the end of the log.
	offset: next.items.at(-1)?.offset ?? next.offset,
	items: [...(first?.items ?? []), ...next.items]
});
