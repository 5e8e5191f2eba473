/** The scripts and keys of the Redis store. */
import type { Redis } from "ioredis";
import type { Script } from "../../mixins/redis.ts";
import type { StoreBounds } from "./im-router.store.ts";

export interface Scripts {
	renewNode: Script<[nodes: string], [life: string, leaseMs: number], 0 | 1>;
	findLiving: Script<[nodes: string], [], string[]>;
	findLapsed: Script<[nodes: string], [], string[]>;
	removeLapsed: Script<[nodes: string], [life: string], 0 | 1>;
	connectDevice: Script<
		[user: string, device: string, at: string],
		[userId: string, deviceId: string, life: string, deviceMs: number],
		[epoch: number, sequence: number]
	>;
	disconnectDevice: Script<
		[user: string, at: string],
		[userId: string, deviceId: string, epoch: number | string],
		0 | 1
	>;
	findDevices: Script<[users: string, nodes: string], string[], string[][]>;
	joinRoom: Script<
		[log: string, wishes: string, rooms: string],
		[epoch: string, run: string, life: string, generation: string, room: string, silenceMs: number],
		[epoch: string, offset: number]
	>;
	partRoom: Script<
		[wishes: string, rooms: string],
		[life: string, room: string, generation: string],
		0 | 1
	>;
	appendLines: Script<
		[log: string, lines: string, said: string, wishes: string, nodes: string],
		[
			...[epoch: string, run: string, linesMax: number, silenceMs: number, repeatMs: number],
			...lines: string[]
		],
		[wishes: string[], ...answers: (string | number)[]]
	>;
	readLog: Script<
		[log: string, lines: string],
		[
			...[next: string, run: string, epoch: string, after: number],
			...[linesMax: number, freshLines: number]
		],
		[] | [epoch: string, offset: number, complete: 0 | 1, ...lines: string[]]
	>;
	pushMessage: Script<
		[device: string, pending: string],
		[id: string, text: string, max: number, deviceMs: number],
		[sequence: number, epoch: number]
	>;
	listPending: Script<
		[device: string, pending: string],
		[epoch: number | "", upTo: number | "+inf"],
		[isOwn: 0 | 1, ...pending: string[]]
	>;
	ackMessages: Script<[device: string, pending: string], [epoch: number, upTo: number], number>;
}

/** What the parts of the store share. */
export interface Reach {
	readonly client: Redis;
	readonly scripts: Scripts;
	readonly bounds: StoreBounds;
	/** Names this life of the server: one that was started again may have lost the last writes. */
	run(): Promise<string>;
}

export const keys = {
	nodes: "im-router:nodes",
	/** A user stands behind it. */
	users: "im-router:user:",
	user: (userId: string) => `im-router:user:${userId}`,
	device: (userId: string, deviceId: string) => `im-router:device:${userId}:${deviceId}`,
	pending: (userId: string, deviceId: string) => `im-router:pending:${userId}:${deviceId}`,
	/** Devices of a life of a node. */
	at: (life: string) => `im-router:at:${life}`,
	/** Rooms of a life of a node. */
	roomsOf: (life: string) => `im-router:rooms:${life}`,
	log: (roomId: string) => `im-router:log:${roomId}`,
	lines: (roomId: string) => `im-router:lines:${roomId}`,
	/** Origins of lines stand behind it. */
	said: (roomId: string) => `im-router:said:${roomId}:`,
	wishes: (roomId: string) => `im-router:wishes:${roomId}`
};
