/**
 * A client as pages are: it follows a room, comes back with the place where it was, on another edge
 * if need be, and writes down what it was given, so that a test can judge it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import type { SeenEnvelope } from "../../harness/socket-clients.ts";

interface Entered {
	readonly epoch: string;
	readonly offset: number;
	readonly recovered: boolean;
	readonly messages: readonly SeenEnvelope[];
}

type Answer = (error: { code: string } | null, result: unknown) => void;

export interface FollowerOptions {
	readonly edges: readonly string[];
	/** The edge that it begins on. */
	readonly at: number;
	readonly roomId?: string;
	readonly token?: string;
	readonly deviceId: string;
	/** Stays away when its connection breaks. */
	readonly isLost?: boolean;
}

export class Follower {
	readonly #options: FollowerOptions;
	#socket: Socket | undefined;
	#at: number;
	#isClosed = false;
	#place: { epoch: string; offset: number } | undefined;
	/** Lines of the room by "epoch offset", in the order in which they came. */
	readonly lines = new Map<string, string>();
	/** Lines that were out of turn, came twice, or were missing without a word: must stay empty. */
	readonly faults: string[] = [];
	/** How often it was told that lines are lost. */
	lossesTold = 0;
	/** How often it was let into the room. */
	entries = 0;
	refusal: string | undefined;
	/** Calls that nobody answered, or that were refused for the moment. */
	refusals = 0;
	/** Reliable messages by id, as a client that drops repeats has them. */
	readonly letters = new Map<string, string>();
	readonly sessions: string[] = [];
	viewers = 0;

	constructor(options: FollowerOptions) {
		this.#options = options;
		this.#at = options.at;
	}

	get isIn(): boolean {
		return this.#socket?.connected === true && this.#isReady;
	}

	get offset(): number {
		return this.#place?.offset ?? 0;
	}

	get socket(): Socket {
		if (!this.#socket) throw new Error("Not connected yet.");
		return this.#socket;
	}

	#isReady = false;

	/** Keeps trying, on one edge after the other, until it is in. */
	async open(): Promise<this> {
		const deadline = Date.now() + openMillisecondsMax;
		while (!this.#isClosed && !(await this.#tryOnce())) {
			if (Date.now() > deadline) {
				this.faults.push("never came in");
				break;
			}
			this.#at += 1;
			await sleep(100);
		}
		return this;
	}

	/** As pages do when they come in: what was not pushed, or too often in vain, waits there. */
	async readInbox(): Promise<void> {
		interface Page {
			readonly items: readonly SeenEnvelope[];
			readonly more: boolean;
		}
		let after: { after?: string } = {};
		for (;;) {
			const { items, more } = await this.call<Page>("im.inbox", after);
			for (const { id, body } of items) this.letters.set(id, String(body.text));
			const last = items.at(-1);
			if (!more || !last) return;
			after = { after: last.id };
		}
	}

	close(): void {
		this.#isClosed = true;
		this.#socket?.disconnect();
	}

	/** From now on it does not come back when its connection breaks. */
	stayAway(): void {
		this.#isClosed = true;
	}

	/** Takes nothing more from the wire; the connection stays open. */
	stopReading(): void {
		const { transport } = this.socket.io.engine as unknown as {
			transport: { ws: { pause(): void } };
		};
		transport.ws.pause();
	}

	/** Comes back on that edge, with the place where it was. */
	async moveTo(edge: number): Promise<this> {
		const { isLost } = this.#options;
		Object.assign(this.#options, { isLost: true });
		this.#socket?.disconnect();
		Object.assign(this.#options, { isLost });
		this.#at = edge;
		return this.open();
	}

	/** Throws `{ code }`; `{ code: "LOST" }` when nobody answers. */
	call<T>(name: string, params: object): Promise<T> {
		return new Promise((resolve, reject) => {
			const late = setTimeout(() => reject({ code: "LOST" }), 3_000);
			const answer: Answer = (error, result) => {
				clearTimeout(late);
				if (error) reject(error);
				else resolve(result as T);
			};
			this.#socket?.once("disconnect", () => reject({ code: "LOST" }));
			if (!this.#socket?.connected) reject({ code: "LOST" });
			else this.#socket.emit("call", name, params, answer);
		});
	}

	/** Until it is answered, through whatever happens. */
	async insist(name: string, params: object): Promise<void> {
		for (;;) {
			const error = await this.call(name, params).then(
				() => undefined,
				(thrown: { code: string }) => thrown
			);
			if (!error) return;
			this.refusals += 1;
			if (this.#isClosed) throw error;
			if (!mayRepeat.has(error.code)) throw Object.assign(new Error(error.code), error);
			await sleep(50);
		}
	}

	async #tryOnce(): Promise<boolean> {
		const { edges, token, deviceId } = this.#options;
		this.#isReady = false;
		this.#socket?.removeAllListeners();
		this.#socket?.disconnect();
		const socket = io(edges[this.#at % edges.length] as string, {
			...{ forceNew: true, reconnection: false, transports: ["websocket"], timeout: 3_000 },
			auth: { deviceId, ...(token ? { token } : {}) }
		});
		this.#socket = socket;
		socket.on("message", (envelope: SeenEnvelope) => this.#take(envelope));
		const isReady = await new Promise<boolean>((resolve) => {
			socket.on("connect_error", () => resolve(false));
			socket.on("disconnect", () => resolve(false));
			socket.on("session", (notice: { kind: string; sequence?: number }) => {
				this.sessions.push(notice.kind);
				if (notice.kind === "ready") resolve(true);
			});
			setTimeout(() => resolve(false), 5_000);
		});
		const isIn = isReady && (await this.#enter(socket));
		if (!isIn) return false;
		this.#isReady = true;
		if (!socket.connected) return false;
		socket.on("disconnect", () => {
			if (!this.#isClosed && !this.#options.isLost) void this.open();
		});
		return true;
	}

	#enter(socket: Socket): Promise<boolean> {
		const { roomId } = this.#options;
		if (roomId === undefined) return Promise.resolve(true);
		return new Promise((resolve) => {
			setTimeout(() => resolve(false), 5_000);
			socket.on("disconnect", () => resolve(false));
			const params = { roomId, ...(this.#place ? { after: this.#place } : {}) };
			const answer: Answer = (error, result) => {
				this.refusal = error?.code;
				// In the turn of the answer: the next packet may be a line.
				if (!error) this.#entered(result as Entered);
				resolve(!error || !mayRepeat.has(error.code));
			};
			socket.emit("call", "im.enter", params, answer);
		});
	}

	#entered({ epoch, offset, recovered, messages }: Entered): void {
		this.entries += 1;
		if (!recovered) this.lossesTold += 1;
		if (!recovered || !this.#place) {
			this.#place = { epoch, offset: (messages[0]?.offset ?? offset + 1) - 1 };
		}
		for (const message of messages) this.#line(message);
		const { offset: last } = this.#place;
		if (last !== offset) this.faults.push(`entered at ${offset}, was given up to ${last}`);
		this.#place = { epoch, offset };
	}

	#take(envelope: SeenEnvelope): void {
		const { kind, body, sequence } = envelope;
		if (kind === "viewers") this.viewers = Number(body.viewers);
		if (sequence !== undefined) {
			this.letters.set(envelope.id, String(body.text));
			this.#socket?.emit("call", "im.ack", { upTo: sequence });
		}
		if (kind === "room" && body.type === "gap") {
			this.lossesTold += 1;
			this.#place = undefined;
		}
		if (kind === "chat") this.#line(envelope);
	}

	#line({ epoch = "", offset = 0, body }: SeenEnvelope): void {
		// After a gap, or in a new epoch, whatever comes first is where it goes on.
		const place = this.#place ?? { epoch, offset: offset - 1 };
		const isNext = epoch === place.epoch && offset === place.offset + 1;
		const key = `${epoch} ${offset}`;
		if (!isNext || this.lines.has(key)) {
			this.faults.push(`${key} after ${place.epoch} ${place.offset}`);
		}
		this.lines.set(key, String(body.text));
		this.#place = { epoch, offset };
	}
}

const openMillisecondsMax = 30_000;

/** Nobody did it, or nobody knows: the same again is safe. */
const mayRepeat = new Set([
	"LOST",
	"UNAVAILABLE",
	"BUSY",
	"TIMEOUT",
	"NOT_IN_ROOM",
	"RATE_LIMITED"
]);
