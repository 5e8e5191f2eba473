/**
 * Messages that must arrive, on their way from the inbox to devices. A push that fails is owed and
 * made again; whatever happens, the message lies in the inbox until a device has acked it.
 */
import { limits } from "../../config/limits.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import type { Forwarder } from "./im-router.forwarder.ts";
import { listUnread } from "./im-router.inbox.model.ts";
import { withSequence } from "./im-router.rules.ts";
import type { Connection, Device, Pending, RouterStore } from "./im-router.store.ts";

export interface KeptSetup {
	readonly db: Sql;
	readonly store: RouterStore;
	readonly forwarder: Forwarder;
	readonly logger: { warn(...words: unknown[]): void };
	/** Where the devices of a user are. */
	find(userId: string): Promise<Connection[]>;
	count(what: "redelivered" | "not-owed", messages: number): void;
}

export class Kept {
	readonly #setup: KeptSetup;
	/** Users with connected devices that something may not have reached. */
	readonly #owed = new Set<string>();
	/** Users of whom the inbox holds more than was put before their devices. */
	readonly #more = new Set<string>();
	#timer: NodeJS.Timeout | undefined;
	#round: Promise<void> = Promise.resolve();
	#isStopped = false;

	constructor(setup: KeptSetup) {
		this.#setup = setup;
	}

	get owed(): number {
		return this.#owed.size;
	}

	/** Sends a committed message to the user's devices that are connected. Never throws. */
	async push(userId: string, message: { id: string; text: string }): Promise<void> {
		const { store, find } = this.#setup;
		try {
			for (const connection of await find(userId)) {
				const { sequence, epoch } = await store.pending.push(connection, message);
				// The device has connected anew, too late to see it and too early to be found.
				if (epoch !== connection.epoch) this.owe([userId]);
				else this.#forward(connection, { ...message, sequence });
			}
		} catch {
			this.owe([userId]);
		}
	}

	/**
	 * What the device has to ack, with what was sent while it was away. Without the database only
	 * what the store knows; the rest is owed.
	 */
	async pendingOf(device: Device): Promise<Pending[]> {
		const { db, store, count } = this.#setup;
		const waiting = await store.pending.list(device);
		const { userId } = device;
		try {
			// More than the device has room for would push out what it is about to be shown: it could
			// never ack that.
			const room = Math.max(0, limits.pendingPerDeviceMax - waiting.length);
			const limit = Math.min(limits.pendingFromInboxMax, room);
			const unread = await listUnread(db, { userId, after: undefined, limit });
			this.#mark(this.#more, userId, unread.length === limit);
			const known = new Set(waiting.map(({ id }) => id));
			for (const { id, envelope: text } of unread) {
				if (known.has(id)) continue;
				const { sequence } = await store.pending.push(device, { id, text });
				waiting.push({ id, text, sequence });
			}
		} catch (error) {
			this.#setup.logger.warn("The inbox of a device is read later:", error);
			this.owe([userId]);
		}
		if (waiting.length > 0) count("redelivered", waiting.length);
		return waiting;
	}

	/** A device has acked: there may be room for what the inbox still holds. */
	acked(userId: string): void {
		if (this.#more.has(userId)) this.owe([userId]);
	}

	owe(userIds: Iterable<string>): void {
		for (const userId of userIds) {
			if (!this.#mark(this.#owed, userId, true)) this.#setup.count("not-owed", 1);
		}
		this.#schedule();
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		await this.#round;
	}

	/** False when there was no room. */
	#mark(set: Set<string>, userId: string, isIn: boolean): boolean {
		if (!isIn) return set.delete(userId);
		if (set.size >= limits.owedUsersMax && !set.has(userId)) return false;
		set.add(userId);
		return true;
	}

	#schedule(): void {
		if (this.#timer || this.#isStopped || this.#owed.size === 0) return;
		this.#timer = setTimeout(() => {
			this.#round = this.#payAll().finally(() => {
				this.#timer = undefined;
				this.#schedule();
			});
		}, limits.owedRetryMilliseconds);
	}

	async #payAll(): Promise<void> {
		const userIds = [...this.#owed].slice(0, limits.owedUsersPerRound);
		for (const userId of userIds) {
			// Deleted first: what fails from now on is owed anew.
			this.#owed.delete(userId);
			try {
				await this.#pay(userId);
			} catch {
				// The store is away for all of them.
				this.#owed.add(userId);
				return;
			}
		}
	}

	async #pay(userId: string): Promise<void> {
		const [connections = []] = await this.#setup.store.presence.find([userId]);
		for (const connection of connections) {
			for (const message of await this.pendingOf(connection)) this.#forward(connection, message);
		}
	}

	#forward({ life, userId, deviceId, epoch }: Connection, { sequence, text }: Pending): void {
		const json = withSequence(text, sequence);
		this.#setup.forwarder.direct(life, { userId, deviceId, epoch, sequence, json });
	}
}
