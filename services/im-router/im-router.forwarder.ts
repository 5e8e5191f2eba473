/**
 * Carries messages to the nodes that are to get them: one lane and one call at a time per node,
 * no broker retries. What the answers (or their absence) say about our rows is told at once.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../config/limits.ts";
import type { ParamsOf, ReturnsOf } from "../../lib/context.ts";
import { isError } from "../../lib/errors.ts";
import {
	type Batch,
	type Direct,
	deliveryOf,
	type LaneBounds,
	LaneQueue,
	type RoomLine,
	type Shed
} from "./im-router.lane.ts";
import { lifeWord, type NodeLife } from "./im-router.store.ts";

type Answer = ReturnsOf<"im-gateway.deliver">;

export interface ForwarderSetup {
	deliver(nodeId: string, params: ParamsOf<"im-gateway.deliver">): Promise<Answer>;
	/** Whether a node is in the cluster, as far as this one can see. */
	isPresent(nodeId: string): boolean;
	/** False while the bus is away: then silence says nothing about other nodes. */
	isBusUp(): boolean;
	/** That life is over; nothing more reaches it. */
	onGone(life: NodeLife): void;
	/** The node has nobody in rooms that it was said to want. */
	onEmptyRooms(life: NodeLife, rooms: readonly { roomId: string; generation: string }[]): void;
	/** The node does not have these connections. */
	onAbsent(life: NodeLife, connections: readonly Direct[]): void;
	/** Kept messages that will not arrive on this way. */
	onUndelivered(directs: readonly Direct[]): void;
	count(what: "forwarded" | "retried" | `shed.${string}`, lines: number): void;
	readonly laneBounds?: LaneBounds;
}

interface Lane {
	readonly life: NodeLife;
	readonly queue: LaneQueue;
	running: boolean;
	/** When the last call began. */
	calledAt: number;
	usedAt: number;
}

export class Forwarder {
	readonly #setup: ForwarderSetup;
	readonly #lanes = new Map<string, Lane>();
	/** A call serves many callers, so it runs in the async flow of none of them. */
	readonly #outsideOfCalls = AsyncLocalStorage.snapshot();
	#isStopped = false;

	constructor(setup: ForwarderSetup) {
		this.#setup = setup;
	}

	room(life: NodeLife, line: RoomLine): void {
		const lane = this.#laneTo(life);
		this.#counted(lane.queue.addRoom(line));
		this.#wake(lane);
	}

	direct(life: NodeLife, direct: Direct): void {
		const lane = this.#laneTo(life);
		this.#counted(lane.queue.addDirect(direct));
		this.#wake(lane);
	}

	/** Lines that wait in all lanes. */
	get waiting(): number {
		let sum = 0;
		for (const { queue } of this.#lanes.values()) sum += queue.size;
		return sum;
	}

	/** Lanes that nobody used for long. */
	sweep(now = performance.now()): void {
		for (const [word, { running, usedAt }] of this.#lanes) {
			if (!running && usedAt < now - limits.laneIdleMilliseconds) this.#lanes.delete(word);
		}
	}

	/** Waits a moment until the lanes are empty. */
	async stop(): Promise<void> {
		const deadline = performance.now() + limits.laneDrainMillisecondsMax;
		const isBusy = () => [...this.#lanes.values()].some(({ running }) => running);
		while (isBusy() && performance.now() < deadline) await sleep(5);
		this.#isStopped = true;
	}

	#laneTo(life: NodeLife): Lane {
		const word = lifeWord(life);
		let lane = this.#lanes.get(word);
		if (!lane) {
			const queue = new LaneQueue(this.#setup.laneBounds);
			const calledAt = Number.NEGATIVE_INFINITY;
			lane = { life, queue, running: false, calledAt, usedAt: 0 };
			this.#lanes.set(word, lane);
		}
		lane.usedAt = performance.now();
		return lane;
	}

	#counted(shed: Shed | undefined): void {
		if (!shed) return;
		for (const [rank, lines] of shed.counts) this.#setup.count(`shed.${rank}`, lines);
		if (shed.directs.length > 0) this.#setup.onUndelivered(shed.directs);
	}

	/** At the end of the turn, so that what comes in the same turn shares a call. */
	#wake(lane: Lane): void {
		if (lane.running) return;
		lane.running = true;
		this.#outsideOfCalls(() => setImmediate(() => void this.#run(lane)));
	}

	async #run(lane: Lane): Promise<void> {
		while (lane.queue.size > 0 && !this.#isStopped) {
			await this.#gather(lane);
			// What waited may have been taken away meanwhile.
			if (lane.queue.size === 0) break;
			const batch = lane.queue.take();
			const { nodeId, incarnation } = lane.life;
			try {
				const answer = await this.#setup.deliver(nodeId, deliveryOf(incarnation, batch));
				this.#answered(lane, batch, answer);
			} catch (error) {
				await this.#failed(lane, batch, error);
			}
		}
		lane.running = false;
	}

	/** Calls to one node keep a distance: a line alone goes at once, a crowd shares a call. */
	async #gather(lane: Lane): Promise<void> {
		const early = lane.calledAt + limits.laneTickMilliseconds - performance.now();
		if (early > 0 && lane.queue.size < limits.linesPerDeliveryMax) await sleep(Math.ceil(early));
		lane.calledAt = performance.now();
	}

	#answered(lane: Lane, batch: Batch, { alive, emptyRooms, absent }: Answer): void {
		if (!alive) {
			this.#gone(lane, batch);
			return;
		}
		const { rooms, directs } = batch;
		this.#setup.count("forwarded", rooms.length + directs.length);
		if (emptyRooms.length > 0) {
			// The last line of a room carries the newest generation that this batch knew.
			const generations = new Map(rooms.map((line) => [line.roomId, line.generation]));
			const empty = emptyRooms.flatMap((roomId) => {
				const generation = generations.get(roomId);
				return generation === undefined ? [] : [{ roomId, generation }];
			});
			this.#setup.onEmptyRooms(lane.life, empty);
		}
		if (absent.length === 0) return;
		const missing = new Set(absent.map(({ userId, deviceId }) => `${userId} ${deviceId}`));
		const connections = directs.filter(({ userId, deviceId }) =>
			missing.has(`${userId} ${deviceId}`)
		);
		this.#setup.onAbsent(lane.life, connections);
	}

	/**
	 * Lines of rooms are not sent again: the node sees the gap and reads it from the log. Kept
	 * messages are, until the node answers or is gone.
	 */
	async #failed(lane: Lane, batch: Batch, error: unknown): Promise<void> {
		const { nodeId } = lane.life;
		const isBusUp = this.#setup.isBusUp();
		const isNobody = isError(error, "SERVICE_NOT_FOUND") || !this.#setup.isPresent(nodeId);
		if (isBusUp && isNobody) {
			this.#gone(lane, batch);
			return;
		}
		if (batch.rooms.length > 0) this.#setup.count("shed.unanswered", batch.rooms.length);
		const kept = batch.directs.filter(({ sequence }) => sequence !== undefined);
		if (this.#lanes.get(lifeWord(lane.life)) !== lane) {
			this.#setup.onUndelivered(kept);
			return;
		}
		lane.queue.putBack(kept);
		this.#setup.count("retried", kept.length);
		await sleep(limits.deliveryRetryMilliseconds);
	}

	#gone(lane: Lane, batch: Batch): void {
		const rest = lane.queue.clear();
		this.#lanes.delete(lifeWord(lane.life));
		const lines = batch.rooms.length + rest.rooms.length;
		if (lines > 0) this.#setup.count("shed.gone", lines);
		this.#setup.onGone(lane.life);
		const kept = [...batch.directs, ...rest.directs].filter(
			({ sequence }) => sequence !== undefined
		);
		if (kept.length > 0) this.#setup.onUndelivered(kept);
	}

	/** The store says that these lives are over: what waits for them is owed instead. */
	retire(isAlive: (life: NodeLife) => boolean): void {
		for (const [word, { life, queue }] of this.#lanes) {
			if (isAlive(life)) continue;
			this.#lanes.delete(word);
			const kept = queue.clear().directs.filter(({ sequence }) => sequence !== undefined);
			if (kept.length > 0) this.#setup.onUndelivered(kept);
		}
	}
}
