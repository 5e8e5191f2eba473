/**
 * What waits for one node. One call carries all that has gathered while the one before it was
 * under way. Bounded: what can be had again or is worth least goes first, and all of it is counted.
 */
import { limits } from "../../config/limits.ts";
import type { ParamsOf } from "../../lib/context.ts";

export interface RoomLine {
	readonly roomId: string;
	readonly epoch: string;
	/** Absent: not kept in the log, so a node cannot know that it missed it. */
	readonly offset: number | undefined;
	readonly reliable: boolean;
	readonly json: string;
	/** Of the node's wish for the room. */
	readonly generation: string;
}

export interface Direct {
	readonly userId: string;
	readonly deviceId: string;
	readonly epoch: number;
	/** Absent: not kept, sent once. */
	readonly sequence: number | undefined;
	readonly json: string;
}

type Entry =
	| { readonly room: RoomLine; readonly direct?: undefined; readonly bytes: number }
	| { readonly direct: Direct; readonly room?: undefined; readonly bytes: number };

/** Lost first to last: snapshots and hints, chat (its gap is seen and filled), what must arrive. */
export type Rank = "snapshot" | "chat" | "reliable";
const ranks: readonly Rank[] = ["snapshot", "chat", "reliable"];

const rankOf = ({ room, direct }: Entry): Rank => {
	if (direct) return direct.sequence === undefined ? "snapshot" : "reliable";
	if (room.reliable) return "reliable";
	return room.offset === undefined ? "snapshot" : "chat";
};

export interface Shed {
	readonly counts: ReadonlyMap<Rank, number>;
	/** Kept messages that found no room: they are owed to their users. */
	readonly directs: readonly Direct[];
}

export interface Batch {
	readonly rooms: readonly RoomLine[];
	readonly directs: readonly Direct[];
}

export interface LaneBounds {
	readonly linesMax: number;
	readonly bytesMax: number;
}

export class LaneQueue {
	#waiting: Entry[] = [];
	#bytes = 0;
	readonly #bounds: LaneBounds;

	constructor(
		bounds: LaneBounds = { linesMax: limits.laneLinesMax, bytesMax: limits.laneBytesMax }
	) {
		this.#bounds = bounds;
	}

	get size(): number {
		return this.#waiting.length;
	}

	addRoom(room: RoomLine): Shed | undefined {
		return this.#add({ room, bytes: Buffer.byteLength(room.json) });
	}

	addDirect(direct: Direct): Shed | undefined {
		return this.#add({ direct, bytes: Buffer.byteLength(direct.json) });
	}

	/** Directs whose call failed go before all that came after them. */
	putBack(directs: readonly Direct[]): void {
		const entries = directs.map((direct) => ({ direct, bytes: Buffer.byteLength(direct.json) }));
		for (const { bytes } of entries) this.#bytes += bytes;
		this.#waiting.unshift(...entries);
	}

	/** The next call's worth, in order. */
	take(): Batch {
		let count = 0;
		let bytes = 0;
		for (const entry of this.#waiting) {
			if (count >= limits.linesPerDeliveryMax) break;
			if (count > 0 && bytes + entry.bytes > limits.deliveryBytesMax) break;
			count += 1;
			bytes += entry.bytes;
		}
		this.#bytes -= bytes;
		const taken = this.#waiting.splice(0, count);
		return {
			rooms: taken.flatMap(({ room }) => room ?? []),
			directs: taken.flatMap(({ direct }) => direct ?? [])
		};
	}

	/** All that waits; the lane is empty then. */
	clear(): Batch {
		const taken = this.#waiting.splice(0);
		this.#bytes = 0;
		return {
			rooms: taken.flatMap(({ room }) => room ?? []),
			directs: taken.flatMap(({ direct }) => direct ?? [])
		};
	}

	#add(entry: Entry): Shed | undefined {
		this.#waiting.push(entry);
		this.#bytes += entry.bytes;
		const { linesMax, bytesMax } = this.#bounds;
		if (this.#waiting.length <= linesMax && this.#bytes <= bytesMax) return undefined;
		return this.#shed();
	}

	/** Makes a quarter of the room free in one go: looking at all for each new line would be dear. */
	#shed(): Shed {
		const linesGoal = this.#bounds.linesMax * 0.75;
		const bytesGoal = this.#bounds.bytesMax * 0.75;
		const counts = new Map<Rank, number>();
		const directs: Direct[] = [];
		for (const rank of ranks) {
			let lines = this.#waiting.length;
			if (lines <= linesGoal && this.#bytes <= bytesGoal) break;
			this.#waiting = this.#waiting.filter((entry) => {
				if (lines <= linesGoal && this.#bytes <= bytesGoal) return true;
				if (rankOf(entry) !== rank) return true;
				lines -= 1;
				this.#bytes -= entry.bytes;
				counts.set(rank, (counts.get(rank) ?? 0) + 1);
				if (entry.direct && rank === "reliable") directs.push(entry.direct);
				return false;
			});
		}
		return { counts, directs };
	}
}

type Delivery = ParamsOf<"im-gateway.deliver">;

/** The params of the call: lines of a room stand together, in their order. */
export function deliveryOf(incarnation: string, { rooms, directs }: Batch): Delivery {
	const groups = new Map<string, Delivery["rooms"][number]>();
	for (const { roomId, epoch, offset, reliable, json } of rooms) {
		const name = `${roomId} ${epoch}`;
		const group = groups.get(name) ?? { roomId, epoch, lines: [] };
		groups.set(name, group);
		group.lines.push({ ...(offset === undefined ? {} : { offset }), reliable, json });
	}
	return {
		incarnation,
		rooms: [...groups.values()],
		direct: directs.map(({ sequence, ...direct }) => ({
			...direct,
			...(sequence === undefined ? {} : { sequence })
		}))
	};
}
