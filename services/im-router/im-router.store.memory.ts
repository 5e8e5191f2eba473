/** Fast state of one process, for embedded mode. `now` counts milliseconds and never goes back. */

import { LogBook } from "./im-router.store.memory.logs.ts";
import {
	type Appended,
	type Device,
	lifeOf,
	lifeWord,
	type NodeLife,
	type NodeStore,
	newName,
	type PendingStore,
	type PresenceStore,
	type RoomStore,
	type RouterStore,
	type StoreBounds
} from "./im-router.store.ts";

interface Row {
	readonly epoch: number;
	readonly since: number;
	readonly life: string;
}

/** A device that was here, also while it is away. */
interface Known {
	epoch: number;
	sequence: number;
	readonly pending: Map<string, { sequence: number; text: string }>;
	usedAt: number;
}

/** The lives of nodes by the time when they count as over. */
class Lives {
	readonly over = new Map<string, number>();
	readonly now: () => number;

	constructor(now: () => number) {
		this.now = now;
	}

	isAlive = (life: string): boolean => (this.over.get(life) ?? 0) > this.now();
}

export function memoryRouterStore(
	bounds: StoreBounds,
	now: () => number = () => performance.timeOrigin + performance.now()
): RouterStore {
	const lives = new Lives(now);
	const users = new Map<string, Map<string, Row>>();
	const book = new LogBook(bounds, now);
	const devices = new Devices(bounds, now);
	return {
		nodes: memoryNodes({ lives, users, book, bounds, devices }),
		presence: memoryPresence(lives, users, devices),
		rooms: memoryRooms(lives, book),
		pending: devices
	};
}

type Users = Map<string, Map<string, Row>>;

interface Parts {
	readonly lives: Lives;
	readonly users: Users;
	readonly book: LogBook;
	readonly bounds: StoreBounds;
	readonly devices: Devices;
}

function memoryNodes({ lives, users, book, bounds, devices }: Parts): NodeStore {
	return {
		async renew(life) {
			const word = lifeWord(life);
			const known = lives.isAlive(word);
			lives.over.set(word, lives.now() + bounds.leaseMs);
			return known;
		},
		async end(life) {
			if (lives.over.has(lifeWord(life))) lives.over.set(lifeWord(life), 0);
		},
		async living() {
			return [...lives.over.keys()].filter(lives.isAlive).map(lifeOf);
		},
		async sweep() {
			devices.sweep();
			let removed = book.sweep(lives.isAlive);
			for (const [userId, rows] of users) {
				for (const [deviceId, { life }] of rows) {
					if (lives.isAlive(life)) continue;
					rows.delete(deviceId);
					removed += 1;
				}
				if (rows.size === 0) users.delete(userId);
			}
			for (const life of lives.over.keys()) if (!lives.isAlive(life)) lives.over.delete(life);
			return removed;
		}
	};
}

function memoryPresence(lives: Lives, users: Users, devices: Devices): PresenceStore {
	return {
		async connect({ userId, deviceId }, life) {
			const known = devices.of({ userId, deviceId });
			const since = Math.floor(lives.now());
			known.epoch = Math.max(known.epoch + 1, since);
			const rows = users.get(userId) ?? new Map<string, Row>();
			users.set(userId, rows.set(deviceId, { epoch: known.epoch, since, life: lifeWord(life) }));
			return { epoch: known.epoch, sequence: known.sequence };
		},
		async disconnect({ userId, deviceId, epoch }) {
			const rows = users.get(userId);
			if (rows?.get(deviceId)?.epoch !== epoch) return false;
			rows.delete(deviceId);
			if (rows.size === 0) users.delete(userId);
			return true;
		},
		async find(userIds) {
			return userIds.map((userId) =>
				[...(users.get(userId) ?? [])]
					.filter(([, { life }]) => lives.isAlive(life))
					.map(([deviceId, row]) => ({ userId, deviceId, ...row, life: lifeOf(row.life) }))
			);
		}
	};
}

function memoryRooms(lives: Lives, book: LogBook): RoomStore {
	const join = (roomId: string, life: NodeLife, isAgain: boolean) => {
		const log = book.open(roomId);
		const word = lifeWord(life);
		if (!(isAgain && log.wishes.has(word))) log.wishes.set(word, newName());
		return { epoch: log.epoch, offset: log.offset };
	};
	return {
		join: async (roomId, life) => join(roomId, life, false),
		async part(roomId, life, generation) {
			const wishes = book.find(roomId)?.wishes;
			const word = lifeWord(life);
			if (generation === undefined || wishes?.get(word) === generation) wishes?.delete(word);
		},
		ends: async (roomIds, life) => roomIds.map((roomId) => join(roomId, life, true)),
		async append(roomId, lines): Promise<Appended[]> {
			const answers = lines.map((line) => book.append(roomId, line));
			const { wishes } = book.open(roomId);
			for (const life of wishes.keys()) if (!lives.isAlive(life)) wishes.delete(life);
			const found = [...wishes].map(([word, generation]) => ({ life: lifeOf(word), generation }));
			return answers.map((answer) => ({ ...answer, wishes: answer.isNew ? found : [] }));
		},
		read: async (roomId, after) => book.read(roomId, after),
		async look(roomId) {
			const log = book.find(roomId);
			if (!log) return undefined;
			const { epoch, offset } = log;
			const kept = book.kept(log);
			return { epoch, offset, kept, nodes: [...log.wishes.keys()].map(lifeOf) };
		}
	};
}

class Devices implements PendingStore {
	readonly #known = new Map<string, Known>();
	readonly #bounds: StoreBounds;
	readonly #now: () => number;

	constructor(bounds: StoreBounds, now: () => number) {
		this.#bounds = bounds;
		this.#now = now;
	}

	of({ userId, deviceId }: Device): Known {
		const name = `${userId} ${deviceId}`;
		let known = this.#known.get(name);
		if (!known) {
			// As in Redis: the clock carries the sequence over a loss of what was known.
			known = { epoch: 0, sequence: Math.floor(this.#now()), pending: new Map(), usedAt: 0 };
			this.#known.set(name, known);
		}
		known.usedAt = this.#now();
		return known;
	}

	/** Devices that nobody heard of for long. */
	sweep(): void {
		const before = this.#now() - this.#bounds.deviceMs;
		for (const [name, { usedAt }] of this.#known) if (usedAt < before) this.#known.delete(name);
	}

	async push(device: Device, { id, text }: { id: string; text: string }) {
		const known = this.of(device);
		const before = known.pending.get(id);
		if (before) return { sequence: before.sequence, epoch: known.epoch };
		known.sequence += 1;
		known.pending.set(id, { sequence: known.sequence, text });
		const [oldest] = known.pending.keys();
		if (known.pending.size > this.#bounds.pendingMax) known.pending.delete(oldest as string);
		return { sequence: known.sequence, epoch: known.epoch };
	}

	async list(device: Device) {
		const { pending } = this.of(device);
		return [...pending].map(([id, message]) => ({ id, ...message }));
	}

	async count({ userId, deviceId }: Device): Promise<number> {
		return this.#known.get(`${userId} ${deviceId}`)?.pending.size ?? 0;
	}

	async upTo(device: Device, epoch: number, upTo: number) {
		if (this.#known.get(`${device.userId} ${device.deviceId}`)?.epoch !== epoch) return undefined;
		return (await this.list(device)).filter(({ sequence }) => sequence <= upTo);
	}

	async ack(device: Device, epoch: number, upTo: number): Promise<number> {
		const acked = (await this.upTo(device, epoch, upTo)) ?? [];
		const { pending } = this.of(device);
		for (const { id } of acked) pending.delete(id);
		return acked.length;
	}
}
