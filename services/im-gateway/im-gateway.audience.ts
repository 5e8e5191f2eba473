/** Who watches by the sockets of this node and how often they liked it, told once per tick. */
import { limits } from "../../config/limits.ts";

interface Item {
	readonly roomId: string;
	readonly viewers: string[];
	readonly likes: number;
}

export interface Totals {
	readonly roomId: string;
	readonly viewers: number;
	readonly likes: number;
}

export interface AudiencePorts {
	roomIds(): readonly string[];
	viewersOf(roomId: string): Iterable<string>;
	/** Tells of one part; answers the totals of all nodes. */
	tell(items: readonly Item[]): Promise<readonly Totals[]>;
	/** A total that its viewers have not seen yet. */
	show(roomId: string, kind: "viewers" | "likes", total: number): void;
}

export class Audience {
	readonly #ports: AudiencePorts;
	/** Likes since the last tick. */
	#likes = new Map<string, number>();
	#shown = new Map<string, Totals>();

	constructor(ports: AudiencePorts) {
		this.#ports = ports;
	}

	like(roomId: string, count: number): void {
		this.#likes.set(roomId, (this.#likes.get(roomId) ?? 0) + count);
	}

	/** How many watch, as last told; undefined before that. */
	viewersOf(roomId: string): number | undefined {
		return this.#shown.get(roomId)?.viewers;
	}

	/** Throws what `tell` throws; likes that were not told of are told of the next time. */
	async tick(): Promise<void> {
		const roomIds = this.#ports.roomIds();
		const present = new Set(roomIds);
		for (const roomId of this.#shown.keys()) if (!present.has(roomId)) this.#shown.delete(roomId);
		const likes = this.#likes;
		this.#likes = new Map();
		const told = new Set(roomIds);
		for (const roomId of likes.keys()) told.add(roomId);
		for (const part of this.#partsOf(told, likes)) await this.#tellPart(part);
	}

	async #tellPart(part: readonly Item[]): Promise<void> {
		try {
			for (const totals of await this.#ports.tell(part)) this.#take(totals);
		} catch (error) {
			for (const { roomId, likes } of part) if (likes > 0) this.like(roomId, likes);
			throw error;
		}
	}

	#take(totals: Totals): void {
		const { roomId, viewers, likes } = totals;
		const before = this.#shown.get(roomId);
		this.#shown.set(roomId, totals);
		if (before?.viewers !== viewers) this.#ports.show(roomId, "viewers", viewers);
		if (before?.likes !== likes && (before || likes > 0)) this.#ports.show(roomId, "likes", likes);
	}

	/** Parts that one call can carry; a large room stands in several. */
	*#partsOf(roomIds: Iterable<string>, likes: ReadonlyMap<string, number>): Generator<Item[]> {
		const { audienceRoomsMax, audienceViewersMax } = limits;
		let part: Item[] = [];
		let room = audienceViewersMax;
		for (const roomId of roomIds) {
			let rest = [...new Set(this.#ports.viewersOf(roomId))];
			let fresh = likes.get(roomId) ?? 0;
			do {
				if (room === 0 || part.length >= audienceRoomsMax) {
					yield part;
					part = [];
					room = audienceViewersMax;
				}
				const viewers = rest.slice(0, room);
				rest = rest.slice(viewers.length);
				room -= viewers.length;
				part.push({ roomId, viewers, likes: fresh });
				fresh = 0;
			} while (rest.length > 0);
		}
		if (part.length > 0) yield part;
	}
}
