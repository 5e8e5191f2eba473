/** The rooms that have a socket on this node: opened by the first, left a while after the last. */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { imErrors } from "./im-gateway.errors.ts";
import type { Item } from "./im-gateway.frames.ts";
import type { Position } from "./im-gateway.log.ts";
import { type Entered, type Member, NodeRoom, type RoomPorts } from "./im-gateway.room.ts";

export interface Visitor extends Member {
	/** Rooms that it is in or about to enter. */
	readonly rooms: Set<string>;
}

interface Entry<V extends Visitor> {
	/** There from the moment lines may arrive. */
	room: NodeRoom<V> | undefined;
	opening: Promise<NodeRoom<V>>;
	entering: number;
	lingerTimer: NodeJS.Timeout | undefined;
}

export type DeliveredLine = Item & { readonly offset?: number | undefined };

export class Rooms<V extends Visitor> {
	readonly #ports: RoomPorts;
	readonly #entries = new Map<string, Entry<V>>();
	/** A room must not be joined while it is still being left. */
	readonly #parting = new Map<string, Promise<void>>();
	readonly #onClosed: (roomId: string) => void;

	constructor(ports: RoomPorts, onClosed: (roomId: string) => void) {
		this.#ports = ports;
		this.#onClosed = onClosed;
	}

	/** Rooms whose lines come here. */
	get ids(): string[] {
		return [...this.#entries.keys()];
	}

	membersOf(roomId: string): ReadonlySet<V> {
		return this.#entries.get(roomId)?.room?.members ?? new Set<V>();
	}

	has(roomId: string, visitor: V): boolean {
		return this.membersOf(roomId).has(visitor);
	}

	/**
	 * Puts the visitor in; entering again only answers what was missed. Throws
	 * TOO_MANY_ROOMS_ENTERED, BUSY, NOT_IN_ROOM (left meanwhile), or what the router throws.
	 */
	async enter(visitor: V, roomId: string, after?: Position): Promise<Entered> {
		if (!visitor.rooms.has(roomId) && visitor.rooms.size >= limits.roomsPerSocketMax) {
			throw imErrors.TOO_MANY_ROOMS_ENTERED();
		}
		visitor.rooms.add(roomId);
		const entry = this.#entryOf(roomId);
		entry.entering += 1;
		try {
			const room = await entry.opening;
			const entered = await room.enter(visitor, after);
			if (visitor.isGone || !visitor.rooms.has(roomId)) throw imErrors.NOT_IN_ROOM();
			return entered;
		} catch (error) {
			this.leave(visitor, roomId);
			throw error;
		} finally {
			entry.entering -= 1;
			this.#lingerIfEmpty(roomId, entry);
		}
	}

	leave(visitor: V, roomId: string): void {
		visitor.rooms.delete(roomId);
		const entry = this.#entries.get(roomId);
		entry?.room?.members.delete(visitor);
		if (entry) this.#lingerIfEmpty(roomId, entry);
	}

	leaveAll(visitor: V): void {
		for (const roomId of [...visitor.rooms]) this.leave(visitor, roomId);
	}

	/** False: nobody of this room is here. */
	deliver(roomId: string, epoch: string, lines: readonly DeliveredLine[]): boolean {
		const entry = this.#entries.get(roomId);
		entry?.room?.deliver(epoch, lines);
		return entry !== undefined;
	}

	/** Where the logs end by their keeper. */
	compare(ends: readonly (Position & { readonly roomId: string })[]): void {
		for (const end of ends) this.#entries.get(end.roomId)?.room?.compare(end);
	}

	broadcast(roomId: string, json: string): void {
		this.#entries.get(roomId)?.room?.broadcast(json);
	}

	/** Joins all rooms anew, after the router forgot this node. */
	async rejoin(): Promise<void> {
		for (const roomId of this.ids) {
			const end = await this.#ports.join(roomId);
			this.compare([{ ...end, roomId }]);
		}
	}

	close(): void {
		for (const { room, lingerTimer } of this.#entries.values()) {
			clearTimeout(lingerTimer);
			room?.close();
		}
		this.#entries.clear();
	}

	#entryOf(roomId: string): Entry<V> {
		const found = this.#entries.get(roomId);
		if (found) return found;
		if (this.#entries.size >= limits.roomsPerNodeMax) throw commonErrors.BUSY();
		const entry: Entry<V> = {
			room: undefined,
			opening: Promise.resolve() as unknown as Promise<NodeRoom<V>>,
			entering: 0,
			lingerTimer: undefined
		};
		this.#entries.set(roomId, entry);
		entry.opening = this.#open(roomId, entry);
		// Who entered hears of a failure; nobody may be left by then.
		entry.opening.catch(() => {});
		return entry;
	}

	async #open(roomId: string, entry: Entry<V>): Promise<NodeRoom<V>> {
		try {
			await this.#parting.get(roomId);
			return await NodeRoom.open<V>(roomId, this.#ports, (room) => {
				entry.room = room;
			});
		} catch (error) {
			// The next one who enters tries again.
			entry.room?.close();
			if (this.#entries.get(roomId) === entry) this.#entries.delete(roomId);
			this.#onClosed(roomId);
			throw error;
		}
	}

	#lingerIfEmpty(roomId: string, entry: Entry<V>): void {
		const isEmpty = () => entry.entering === 0 && (entry.room?.members.size ?? 0) === 0;
		if (!isEmpty() || entry.lingerTimer || this.#entries.get(roomId) !== entry) return;
		// Pages are reloaded and connections flap: leaving at once would be joining again at once.
		entry.lingerTimer = setTimeout(() => {
			entry.lingerTimer = undefined;
			if (isEmpty() && this.#entries.get(roomId) === entry) this.#part(roomId, entry);
		}, limits.roomLingerMilliseconds);
	}

	#part(roomId: string, entry: Entry<V>): void {
		entry.room?.close();
		this.#entries.delete(roomId);
		this.#onClosed(roomId);
		const parting = this.#ports
			.part(roomId)
			.catch((error) => this.#ports.warn(`Room ${roomId} could not be left.`, error))
			.finally(() => this.#parting.delete(roomId));
		this.#parting.set(roomId, parting);
	}
}
