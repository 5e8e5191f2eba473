/**
 * How rooms are, for the beats of their viewers: a room with 10,000 of them is asked for 3,300
 * times a second and read from the database twice. A change that is announced is seen at once.
 */
import { limits } from "../../config/limits.ts";
import type { Room } from "./rooms.row.ts";

interface Entry {
	readonly readAt: number;
	readonly room: Promise<Room | undefined>;
}

export class RoomStates {
	readonly #read: (roomIds: readonly string[]) => Promise<Room[]>;
	/** In the order of reading, so that the oldest is the first. */
	readonly #entries = new Map<string, Entry>();

	constructor(read: (roomIds: readonly string[]) => Promise<Room[]>) {
		this.#read = read;
	}

	async get(roomId: string): Promise<Room | undefined> {
		return (await this.getMany([roomId])).get(roomId);
	}

	/** Those that exist; what is not known is read in one query. */
	async getMany(roomIds: readonly string[]): Promise<Map<string, Room>> {
		const now = performance.now();
		const isFresh = (entry: Entry | undefined): entry is Entry =>
			entry !== undefined && now - entry.readAt < limits.roomStateMillisecondsMax;
		const ids = [...new Set(roomIds)];
		const entries = ids.map((id) => this.#entries.get(id)).filter(isFresh);
		const missing = ids.filter((id) => !isFresh(this.#entries.get(id)));
		if (missing.length > 0) entries.push(...this.#load(missing, now));
		const rooms = await Promise.all(entries.map(({ room }) => room));
		return new Map(rooms.flatMap((room) => (room ? [[room.id, room]] : [])));
	}

	#load(roomIds: readonly string[], readAt: number): Entry[] {
		const rooms = this.#read(roomIds).then((found) => new Map(found.map((one) => [one.id, one])));
		return roomIds.map((roomId) => {
			this.forget(roomId);
			const entry: Entry = { readAt, room: rooms.then((found) => found.get(roomId)) };
			this.#entries.set(roomId, entry);
			entry.room.catch(() => {
				// An error is not kept: the next beat asks again.
				if (this.#entries.get(roomId) === entry) this.forget(roomId);
			});
			const [oldest] = this.#entries.size > limits.roomStatesMax ? this.#entries.keys() : [];
			if (oldest !== undefined) this.forget(oldest);
			return entry;
		});
	}

	forget(roomId: string): void {
		this.#entries.delete(roomId);
	}
}
