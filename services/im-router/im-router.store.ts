/**
 * Fast state of messages: which devices are connected where, which nodes want which rooms, the
 * last lines of rooms, and what devices have yet to ack. In Redis, or in the process in embedded
 * mode; one contract suite (im-router.store.test.ts) runs on both. Losing all of it loses no
 * message that must arrive (those are in SQL), and no line in silence (the log has a new epoch).
 */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";

/** One life of one node. */
export interface NodeLife {
	readonly nodeId: string;
	readonly incarnation: string;
}

export interface Device {
	readonly userId: string;
	readonly deviceId: string;
}

export interface Connection extends Device {
	/** Rises with each connection of the device; about the milliseconds when it began. */
	readonly epoch: number;
	readonly since: number;
	readonly life: NodeLife;
}

/** A node that wants a room; a later wish of the same node has another generation. */
export interface Wish {
	readonly life: NodeLife;
	readonly generation: string;
}

export interface LogEnd {
	readonly epoch: string;
	readonly offset: number;
}

export interface Line {
	/** What makes it the same line when it comes again. */
	readonly origin: string;
	readonly id: string;
	/** JSON of the envelope without offset and epoch; undefined: not numbered, not kept. */
	readonly text: string | undefined;
}

export interface Appended extends LogEnd {
	/** False: it came before, and this is the first answer. */
	readonly isNew: boolean;
	readonly id: string;
	readonly wishes: readonly Wish[];
}

export interface LogPage extends LogEnd {
	/** Nothing is missing between the position and the first line. */
	readonly complete: boolean;
	/** The last one has the offset of the page. */
	readonly lines: readonly string[];
}

export interface Pending {
	readonly id: string;
	readonly sequence: number;
	/** JSON of the envelope without sequence. */
	readonly text: string;
}

export interface NodeStore {
	/** False when the life was over, or is new: its rows may be gone and must be made again. */
	renew(life: NodeLife): Promise<boolean>;
	/** The life is over now, as if its lease had ended. */
	end(life: NodeLife): Promise<void>;
	/** The lives that are not over. */
	living(): Promise<NodeLife[]>;
	/** Forgets the rows of lives that are over; how many it were. */
	sweep(): Promise<number>;
}

export interface PresenceStore {
	/** Fences off the device's earlier connections. */
	connect(device: Device, life: NodeLife): Promise<{ epoch: number; sequence: number }>;
	/** Whether this very connection was there. */
	disconnect(connection: Omit<Connection, "since">): Promise<boolean>;
	/** On nodes that are alive, by user in the order asked for. */
	find(userIds: readonly string[]): Promise<Connection[][]>;
}

export interface RoomStore {
	join(roomId: string, life: NodeLife): Promise<LogEnd>;
	/** With a generation: only if the node has not joined again since. */
	part(roomId: string, life: NodeLife, generation?: string): Promise<void>;
	/** Ends of the logs of rooms that the node wants; a wish that got lost is made again. */
	ends(roomIds: readonly string[], life: NodeLife): Promise<LogEnd[]>;
	/** Lines of one room; an answer for each, in their order. */
	append(roomId: string, lines: readonly Line[]): Promise<Appended[]>;
	/** Undefined: nobody has said anything or wanted the room for a long time. */
	read(roomId: string, after: LogEnd | undefined): Promise<LogPage | undefined>;
	look(roomId: string): Promise<(LogEnd & { kept: number; nodes: NodeLife[] }) | undefined>;
}

export interface PendingStore {
	/**
	 * The sequence of the message for this device, of which the same message keeps its own, and the
	 * epoch that the device has now: whoever connected after that finds the message pending.
	 */
	push(
		device: Device,
		message: { id: string; text: string }
	): Promise<{ sequence: number; epoch: number }>;
	list(device: Device): Promise<Pending[]>;
	count(device: Device): Promise<number>;
	/** What an ack would take away; undefined when the epoch is not the device's own. */
	upTo(device: Device, epoch: number, sequence: number): Promise<Pending[] | undefined>;
	ack(device: Device, epoch: number, sequence: number): Promise<number>;
}

/** Each method throws UNAVAILABLE while the store is away. */
export interface RouterStore {
	readonly nodes: NodeStore;
	readonly presence: PresenceStore;
	readonly rooms: RoomStore;
	readonly pending: PendingStore;
}

export interface StoreBounds {
	readonly leaseMs: number;
	readonly logLinesMax: number;
	readonly logSilenceMs: number;
	readonly pageLinesMax: number;
	readonly freshLines: number;
	readonly repeatMs: number;
	readonly pendingMax: number;
	readonly deviceMs: number;
}

export const routerBounds: StoreBounds = {
	leaseMs: limits.nodeLeaseMilliseconds,
	logLinesMax: limits.roomLogLinesMax,
	logSilenceMs: limits.roomLogSilenceSecondsMax * 1000,
	pageLinesMax: limits.historyLinesMax,
	freshLines: limits.historyLinesFresh,
	repeatMs: limits.repeatSecondsMax * 1000,
	pendingMax: limits.pendingPerDeviceMax,
	deviceMs: limits.pendingSecondsMax * 1000
};

/** One word for a life; a life begins with its incarnation, which holds no space. */
export const lifeWord = ({ nodeId, incarnation }: NodeLife): string => `${incarnation} ${nodeId}`;

export function lifeOf(word: string): NodeLife {
	const space = word.indexOf(" ");
	return { incarnation: word.slice(0, space), nodeId: word.slice(space + 1) };
}

let names = 0;

/** A name that no process gave before: for epochs of logs, and generations. */
export function newName(): string {
	names += 1;
	const random = Math.floor(Math.random() * 36 ** 6).toString(36);
	return `${Date.now().toString(36)}-${names.toString(36)}${random}`;
}

/** A store that refuses is away, unless the refusal is a fault of ours. */
export function unavailable(error: unknown): Error {
	const { name, message } = error as Error;
	const isOurFault = name === "ReplyError" && message.startsWith("ERR");
	return isOurFault ? (error as Error) : commonErrors.UNAVAILABLE();
}
