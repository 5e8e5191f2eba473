/**
 * The signed-in sockets of this node as the router knows them: a device has one connection, fenced
 * by its epoch. Reliable messages go out in the order of their sequence, and again after 1, 2, 4 …
 * seconds until the client has acked them or has been told often enough; then the inbox has them.
 */
import { limits } from "../../config/limits.ts";
import { Batch } from "./im-gateway.frames.ts";
import type { Peer } from "./im-gateway.peers.ts";

export interface Registered {
	readonly epoch: number;
	/** Of the last message so far. */
	readonly sequence: number;
	readonly pending: readonly { readonly sequence?: number | undefined }[];
}

export interface Direct {
	readonly userId: string;
	readonly deviceId: string;
	readonly epoch: number;
	readonly sequence?: number | undefined;
	readonly json: string;
}

export interface ConnectionPorts {
	connect(userId: string, deviceId: string): Promise<Registered>;
	disconnect(userId: string, deviceId: string, epoch: number): Promise<void>;
	/** The device is here now, under this epoch. */
	announce(userId: string, deviceId: string, epoch: number): void;
	now(): number;
	warn(message: string, error: unknown): void;
	onRedelivered(messages: number): void;
}

interface Unacked {
	readonly json: string;
	/** How often it was sent again. */
	again: number;
	dueAt: number;
}

export class Connection {
	readonly peer: Peer;
	readonly userId: string;
	/** 0 until the router knows it. */
	epoch = 0;
	/** All reliable messages up to here were sent, or waited to be acked before. */
	sequence = 0;
	readonly unacked = new Map<number, Unacked>();
	/** Before their turn: of an epoch that is not known yet, or after one that is missing. */
	held: Direct[] = [];
	/** When the first of those held has waited too long; the router is asked again then. */
	heldUntil = 0;
	isRegistering = false;
	retryAt = 0;

	constructor(peer: Peer, userId: string) {
		this.peer = peer;
		this.userId = userId;
	}

	get key(): string {
		return keyOf(this.userId, this.peer.facts.deviceId);
	}
}

const keyOf = (userId: string, deviceId: string): string => `${userId}:${deviceId}`;

export class Connections {
	readonly #ports: ConnectionPorts;
	/** By user and device. */
	readonly #connections = new Map<string, Connection>();
	readonly #leaving = new Set<Promise<void>>();

	constructor(ports: ConnectionPorts) {
		this.#ports = ports;
	}

	get size(): number {
		return this.#connections.size;
	}

	of(peer: Peer): Connection | undefined {
		const connection = this.#connections.get(keyOf(peer.userId ?? "", peer.facts.deviceId));
		return connection?.peer === peer ? connection : undefined;
	}

	/** Registers the socket; resolves after the first try, which is repeated until it is done. */
	open(peer: Peer, userId: string): Promise<void> {
		const connection = new Connection(peer, userId);
		const older = this.#connections.get(connection.key);
		this.#connections.set(connection.key, connection);
		older?.peer.close("kicked");
		return this.#register(connection);
	}

	/** The socket is gone. */
	close(peer: Peer): void {
		const connection = this.of(peer);
		if (!connection) return;
		this.#connections.delete(connection.key);
		if (connection.epoch > 0) this.#forget(connection, connection.epoch);
	}

	/** Resolves when the router was told of all that closed. */
	async settled(): Promise<void> {
		await Promise.all(this.#leaving);
	}

	/** Takes messages of a router; answers those whose device is not here. */
	deliver(directs: readonly Direct[]): { userId: string; deviceId: string }[] {
		const absent: { userId: string; deviceId: string }[] = [];
		for (const direct of directs) {
			const { userId, deviceId, epoch } = direct;
			const connection = this.#connections.get(keyOf(userId, deviceId));
			if (!connection || epoch < connection.epoch) absent.push({ userId, deviceId });
			else if (direct.sequence === undefined) this.#send(connection, direct.json, false);
			else this.#take(connection, direct as Direct & { sequence: number });
		}
		return absent;
	}

	/** Forgets what the client has, for this epoch of the connection. */
	acked(connection: Connection, upTo: number): void {
		for (const sequence of connection.unacked.keys()) {
			if (sequence <= upTo) connection.unacked.delete(sequence);
		}
	}

	/** The device is connected elsewhere, under that epoch. */
	fence(userId: string, deviceId: string, epoch: number): void {
		const connection = this.#connections.get(keyOf(userId, deviceId));
		if (!connection || connection.epoch === 0 || connection.epoch >= epoch) return;
		connection.peer.close("kicked");
	}

	/** The router forgot this node: every connection is told to it again. */
	registerAll(): void {
		for (const connection of this.#connections.values()) void this.#register(connection);
	}

	/** To be called regularly: sends again what is due, and registers what is not. */
	check(): void {
		const now = this.#ports.now();
		for (const connection of this.#connections.values()) {
			this.#redeliver(connection, now);
			const isMissing = connection.held.length > 0 && now >= connection.heldUntil;
			const isDue = (connection.epoch === 0 || isMissing) && now >= connection.retryAt;
			if (isDue && !connection.isRegistering) void this.#register(connection);
		}
	}

	async #register(connection: Connection): Promise<void> {
		if (connection.isRegistering) return;
		connection.isRegistering = true;
		const { deviceId } = connection.peer.facts;
		connection.retryAt = this.#ports.now() + limits.connectionRetryMilliseconds;
		try {
			const registered = await this.#ports.connect(connection.userId, deviceId);
			if (this.#connections.get(connection.key) === connection) this.#ready(connection, registered);
			else this.#forget(connection, registered.epoch);
		} catch (error) {
			this.#ports.warn("A connection could not be registered; it is tried again.", error);
		} finally {
			connection.isRegistering = false;
		}
	}

	/** All that waits is sent anew, under the new epoch; clients drop what they have by its id. */
	#ready(connection: Connection, { epoch, sequence, pending }: Registered): void {
		const { peer, held } = connection;
		Object.assign(connection, { epoch, sequence, held: [] });
		connection.unacked.clear();
		peer.socket.emit("session", { kind: "ready", epoch, sequence });
		for (const envelope of pending) {
			this.#remember(connection, envelope.sequence ?? 0, JSON.stringify(envelope));
		}
		for (const direct of held) {
			if (direct.epoch === epoch) this.#take(connection, direct as Direct & { sequence: number });
		}
		this.#ports.announce(connection.userId, peer.facts.deviceId, epoch);
	}

	#take(connection: Connection, direct: Direct & { readonly sequence: number }): void {
		const isNext = direct.sequence === connection.sequence + 1;
		if (direct.epoch !== connection.epoch || direct.sequence > connection.sequence + 1) {
			if (connection.held.length === 0) {
				connection.heldUntil = this.#ports.now() + limits.connectionRetryMilliseconds;
			}
			// What does not fit is pending at the router, and comes with the next registration.
			if (connection.held.length < limits.unackedPerSocketMax) connection.held.push(direct);
			return;
		}
		if (!isNext) return;
		connection.sequence = direct.sequence;
		this.#remember(connection, direct.sequence, direct.json);
		this.#takeHeld(connection);
	}

	#takeHeld(connection: Connection): void {
		const next = connection.held.find(({ sequence }) => sequence === connection.sequence + 1);
		connection.held = connection.held.filter(
			({ sequence = 0 }) => sequence > connection.sequence && sequence !== next?.sequence
		);
		if (next) this.#take(connection, next as Direct & { sequence: number });
	}

	#remember(connection: Connection, sequence: number, json: string): void {
		if (connection.unacked.size < limits.unackedPerSocketMax) {
			const dueAt = this.#ports.now() + limits.redeliveryMilliseconds;
			connection.unacked.set(sequence, { json, again: 0, dueAt });
		}
		this.#send(connection, json, true);
	}

	#redeliver(connection: Connection, now: number): void {
		let count = 0;
		for (const [sequence, message] of connection.unacked) {
			if (message.dueAt > now) continue;
			message.again += 1;
			message.dueAt = now + limits.redeliveryMilliseconds * 2 ** message.again;
			if (message.again >= limits.redeliveriesMax) connection.unacked.delete(sequence);
			this.#send(connection, message.json, true);
			count += 1;
		}
		if (count > 0) this.#ports.onRedelivered(count);
	}

	#send({ peer }: Connection, json: string, reliable: boolean): void {
		peer.send(new Batch([{ reliable, json }]));
	}

	#forget({ userId, peer }: Connection, epoch: number): void {
		const leaving = this.#ports
			.disconnect(userId, peer.facts.deviceId, epoch)
			.catch((error) => this.#ports.warn("A connection could not be forgotten.", error))
			.finally(() => this.#leaving.delete(leaving));
		this.#leaving.add(leaving);
	}
}
