/**
 * Who may not speak or be where, as this node knows it. A hint brings a change at once, a poll
 * twice a second is the guarantee. What cannot be known is refused: a muted user must not speak by
 * waiting for a fault.
 */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { wordFilter } from "./im-gateway.words.ts";

export interface Hold {
	readonly userId: string;
	/** Null: everywhere. */
	readonly roomId: string | null;
	readonly kind: "mute" | "ban" | "kick";
	/** ISO time; null: until lifted. */
	readonly until: string | null;
}

/** What somebody may do. */
export interface Standing {
	readonly maySpeak: boolean;
	/** What keeps them out of the room. */
	readonly away?: "ban" | "kick";
	/** When all that keeps them silent, or away, is over; null: not by itself. */
	readonly until: string | null;
}

/** A kick that ends leaves a mute in force, and a short ban does not shorten a long one. Pure. */
export function standingOf(laid: readonly Hold[], now: number): Standing {
	const holds = laid.filter(({ until }) => until === null || now < Date.parse(until));
	const away = holds.filter(({ kind }) => kind !== "mute");
	const untils = (away.length > 0 ? away : holds).map(({ until }) => until);
	const times = untils.filter((until) => until !== null).sort();
	return {
		maySpeak: holds.length === 0,
		until: times.length < untils.length ? null : (times.at(-1) ?? null),
		...(away.length === 0 ? {} : { away: away.some(({ kind }) => kind === "ban") ? "ban" : "kick" })
	};
}

interface Changes {
	readonly version: number;
	readonly items: readonly { readonly roomId: string | null; readonly userId: string }[];
	readonly complete: boolean;
	readonly wordsVersion: number;
}

export interface RestrictionPorts {
	ofRoom(roomId: string): Promise<readonly Hold[]>;
	ofUser(userId: string): Promise<readonly Hold[]>;
	changes(since: number): Promise<Changes>;
	allWords(): Promise<{ readonly version: number; readonly words: readonly string[] }>;
	/** The restrictions of a room are different now. */
	onRoomChanged(roomId: string): void;
	/** Milliseconds that never go back. */
	now(): number;
}

/** Lists by one kind of key; a change while one is read makes it be read again. */
class Held {
	/** By key, then by user. */
	readonly lists = new Map<string, ReadonlyMap<string, readonly Hold[]>>();
	readonly #reading = new Map<string, { promise: Promise<void>; again: boolean }>();
	readonly #read: (key: string) => Promise<readonly Hold[]>;
	/** Those whose last reading failed. */
	readonly owed = new Set<string>();

	constructor(read: (key: string) => Promise<readonly Hold[]>) {
		this.#read = read;
	}

	holds(key: string): boolean {
		return this.lists.has(key) || this.#reading.has(key) || this.owed.has(key);
	}

	/** Resolves when the list is there. Throws when it cannot be had. */
	async ready(key: string): Promise<void> {
		if (!this.lists.has(key)) await (this.#reading.get(key)?.promise ?? this.load(key));
	}

	/** Reads the list anew: nobody goes by the old one any more. Throws when it cannot be had. */
	load(key: string): Promise<void> {
		this.lists.delete(key);
		const reading = this.#reading.get(key);
		if (reading) {
			reading.again = true;
			return reading.promise;
		}
		const state = { promise: Promise.resolve(), again: false };
		this.#reading.set(key, state);
		state.promise = this.#readUntilFresh(key, state).finally(() => this.#reading.delete(key));
		return state.promise;
	}

	drop(key: string): void {
		this.lists.delete(key);
		this.owed.delete(key);
	}

	async #readUntilFresh(key: string, state: { again: boolean }): Promise<void> {
		try {
			do {
				state.again = false;
				const holds = await this.#read(key);
				if (!state.again)
					this.lists.set(
						key,
						Map.groupBy(holds, ({ userId }) => userId)
					);
			} while (state.again);
			this.owed.delete(key);
		} catch (error) {
			this.owed.add(key);
			throw error;
		}
	}
}

export class Restrictions {
	readonly #ports: RestrictionPorts;
	readonly #rooms: Held;
	readonly #users: Held;
	#version = 0;
	#wordsVersion: number | undefined;
	#isForbidden: ((text: string) => boolean) | undefined;
	#polledAt = Number.NEGATIVE_INFINITY;

	constructor(ports: RestrictionPorts) {
		this.#ports = ports;
		this.#rooms = new Held((roomId) => ports.ofRoom(roomId));
		this.#users = new Held((userId) => ports.ofUser(userId));
	}

	/**
	 * What the user may do in the room (null: in private messages) now. Throws UNAVAILABLE when that
	 * cannot be known.
	 */
	async standing(userId: string, roomId: string | null): Promise<Standing> {
		await this.#mustBeCurrent();
		try {
			await this.#users.ready(userId);
			if (roomId !== null) await this.#rooms.ready(roomId);
		} catch {
			throw commonErrors.UNAVAILABLE({ retryAfterMs: limits.restrictionPollMilliseconds });
		}
		return this.known(userId, roomId);
	}

	/** The same from memory, as far as it is there. */
	known(userId: string, roomId: string | null): Standing {
		return standingOf(this.laid(userId, roomId), Date.now());
	}

	/** What was laid on the user, as far as it is known. */
	laid(userId: string, roomId: string | null): readonly Hold[] {
		const everywhere = this.#users.lists.get(userId)?.get(userId) ?? [];
		const here = roomId === null ? undefined : this.#rooms.lists.get(roomId)?.get(userId);
		return [...everywhere, ...(here ?? [])];
	}

	/** Whether the text says a word that nobody may say. Throws UNAVAILABLE without the words. */
	async isForbidden(text: string): Promise<boolean> {
		await this.#mustBeCurrent();
		if (!this.#isForbidden) throw commonErrors.UNAVAILABLE();
		return this.#isForbidden(text);
	}

	/** Somebody's restrictions changed, as a hint tells. */
	changed(roomId: string | null, userId: string): void {
		if (roomId !== null) this.#reload(roomId);
		else if (this.#users.holds(userId)) this.#users.load(userId).catch(() => {});
	}

	async wordsChanged(): Promise<void> {
		const { version, words } = await this.#ports.allWords();
		this.#wordsVersion = version;
		this.#isForbidden = wordFilter(words);
	}

	/** Nobody of the room, or nothing of the user, is here any more. */
	dropRoom(roomId: string): void {
		this.#rooms.drop(roomId);
	}

	dropUser(userId: string): void {
		this.#users.drop(userId);
	}

	/** Reads what changed. Throws while moderation is away; after some seconds all is refused. */
	async poll(): Promise<void> {
		const at = this.#ports.now();
		const { version, items, complete, wordsVersion } = await this.#ports.changes(this.#version);
		if (wordsVersion !== this.#wordsVersion) await this.wordsChanged();
		this.#version = version;
		for (const { roomId, userId } of items) this.changed(roomId, userId);
		if (!complete) {
			for (const roomId of [...this.#rooms.lists.keys()]) this.#reload(roomId);
			for (const userId of [...this.#users.lists.keys()]) this.changed(null, userId);
		}
		for (const roomId of this.#rooms.owed) this.#reload(roomId);
		this.#polledAt = at;
	}

	#reload(roomId: string): void {
		if (!this.#rooms.holds(roomId)) return;
		this.#rooms.load(roomId).then(
			() => this.#ports.onRoomChanged(roomId),
			() => {}
		);
	}

	async #mustBeCurrent(): Promise<void> {
		const isCurrent = () =>
			this.#ports.now() - this.#polledAt < limits.restrictionsAgeMillisecondsMax;
		if (isCurrent()) return;
		await this.poll().catch(() => {});
		if (!isCurrent()) throw commonErrors.UNAVAILABLE();
	}
}
