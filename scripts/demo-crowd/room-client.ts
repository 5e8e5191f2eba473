/**
 * Somebody's connection to the room: it comes back after every break, on the next edge where its
 * own is gone, and says where it was.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import { Acks } from "../../web/src/chat/acks.ts";
import { type Answer, noAnswer } from "./http.ts";
import type { Person } from "./person.ts";
import { type Entered, type Envelope, RoomLog } from "./room-log.ts";
import type { Scene } from "./scene.ts";

interface CallError {
	readonly code: string;
	readonly data?: { readonly retryAfterMs?: number };
}

const connectMs = 4_000;
const callMs = 4_000;
const retryAfterMsDefault = 1_000;
const backoffMsMin = 100;
const backoffMsMax = 2_000;

/** Nobody did it, or nobody knows: the same again, with the same `clientId`, is safe. */
const mayPass: ReadonlySet<string> = new Set([
	...["UNAVAILABLE", "BUSY", "TIMEOUT", "INTERNAL", "SHUTTING_DOWN", "NOT_IN_ROOM"],
	...["UNAUTHENTICATED", noAnswer]
]);

export class RoomClient {
	readonly log: RoomLog;
	/** Messages to this user alone, by id. */
	readonly letters = new Map<string, Envelope>();
	readonly #scene: Scene;
	readonly #person: Person;
	readonly #deviceId: string;
	readonly #acks = new Acks(Date.now);
	#socket: Socket | undefined;
	#isIn = false;
	#isClosed = false;
	/** The platform closes when a token ends, which is no fault. */
	#isExpiring = false;

	constructor(scene: Scene, person: Person) {
		this.#scene = scene;
		this.#person = person;
		this.#deviceId = `crowd-${person.account.username}`;
		this.log = new RoomLog(scene.isKept);
	}

	get isIn(): boolean {
		return this.#isIn && this.#socket?.connected === true;
	}

	/** Tries until it is in the room, or closed. */
	async open(): Promise<void> {
		for (let failures = 0; !this.#isClosed; failures += 1) {
			const startedAt = Date.now();
			const refusal = await this.#tryOnce();
			if (this.#isClosed) return;
			this.#note(startedAt, refusal);
			if (refusal === undefined) return;
			this.#person.moveOn();
			const longest = Math.min(backoffMsMax, backoffMsMin * 2 ** failures);
			await sleep(longest * (0.5 + this.#scene.dice.next() / 2));
		}
	}

	close(): void {
		this.#isClosed = true;
		this.#socket?.disconnect();
	}

	/** One try. Whoever is out of the room is on the way back in. */
	call<T>(name: string, params: object): Promise<Answer<T>> {
		const socket = this.#socket;
		if (!socket || !this.isIn) return Promise.resolve({ outcome: "lost", code: "OFFLINE" });
		return callOn<T>(socket, name, params);
	}

	/** Reads what was not pushed, or not acked. */
	async readInbox(): Promise<void> {
		interface Page {
			readonly items: readonly Envelope[];
			readonly more: boolean;
		}
		for (let after: { after?: string } = {}; ; ) {
			const answer = await this.#person.insist<Page>("room", () => this.call("im.inbox", after));
			if (answer.outcome !== "done") return;
			const { items, more } = answer.result;
			for (const letter of items) this.#keep(letter);
			const last = items.at(-1);
			if (!more || !last) return;
			after = { after: last.id };
		}
	}

	/** Undefined when it is in the room; else why not. */
	async #tryOnce(): Promise<string | undefined> {
		this.#isIn = false;
		this.#socket?.removeAllListeners();
		this.#socket?.disconnect();
		await this.#person.keepSignedIn().catch(() => {});
		const socket = io(this.#person.url, {
			...{ forceNew: true, reconnection: false, transports: ["websocket"], timeout: connectMs },
			auth: { token: this.#person.token, deviceId: this.#deviceId }
		});
		this.#socket = socket;
		socket.on("message", (envelope: Envelope) => this.#take(envelope));
		const refusal = (await this.#ready(socket)) ?? (await this.#enter(socket));
		if (refusal !== undefined) return refusal;
		if (!socket.connected) return noAnswer;
		socket.once("disconnect", (reason) => this.#lose(reason));
		this.#isIn = true;
		return undefined;
	}

	#ready(socket: Socket): Promise<string | undefined> {
		return new Promise((resolve) => {
			const late = setTimeout(() => resolve(noAnswer), connectMs);
			const end = (refusal?: string) => {
				clearTimeout(late);
				resolve(refusal);
			};
			socket.on("connect_error", (error: Error & { data?: CallError }) =>
				end(error.data?.code ?? noAnswer)
			);
			socket.once("disconnect", () => end(noAnswer));
			socket.on("session", ({ kind, sequence }: { kind: string; sequence?: number }) => {
				this.#isExpiring = kind === "expiring";
				if (kind !== "ready") return;
				this.#acks.begin(sequence ?? 0);
				end();
			});
		});
	}

	async #enter(socket: Socket): Promise<string | undefined> {
		const { place } = this.log;
		const params = { roomId: this.#scene.roomId, ...(place ? { after: place } : {}) };
		// In the turn of the answer: the next packet may be a message.
		const take = (entered: Entered) => this.log.enter(entered);
		const answer = await callOn<Entered>(socket, "im.enter", params, take);
		return answer.outcome === "done" ? undefined : answer.code;
	}

	#lose(reason: string): void {
		this.#isIn = false;
		if (this.#isClosed) return;
		if (!this.#isExpiring) this.#note(Date.now(), reason);
		void this.open();
	}

	#note(startedAt: number, code?: string): void {
		const outcome = code === undefined ? "done" : "lost";
		const who = this.#person.account.username;
		const why = code === undefined ? {} : { code };
		this.#scene.tally.note({
			...{ kind: "room", who, startedAt, endedAt: Date.now(), outcome, ...why }
		});
	}

	#take(envelope: Envelope): void {
		const { sequence } = envelope;
		if (sequence === undefined) {
			this.log.take(envelope);
			return;
		}
		this.#keep(envelope);
		const upTo = this.#acks.take(sequence);
		if (upTo > 0) this.#socket?.emit("call", "im.ack", { upTo });
	}

	#keep(letter: Envelope): void {
		if (this.#scene.isKept) this.letters.set(letter.id, letter);
	}
}

/** `taken` gets the result before anything that came after it. */
function callOn<T>(
	socket: Socket,
	...[name, params, taken]: [name: string, params: object, taken?: (result: T) => void]
): Promise<Answer<T>> {
	return new Promise((resolve) => {
		const end = (answer: Answer<T>) => {
			clearTimeout(late);
			socket.off("disconnect", lost);
			resolve(answer);
		};
		const lost = () => end({ outcome: "lost", code: noAnswer });
		const late = setTimeout(lost, callMs);
		socket.once("disconnect", lost);
		socket.emit("call", name, params, (error: CallError | null, result: T) => {
			if (!error) taken?.(result);
			end(error ? refusalOf(error) : { outcome: "done", result });
		});
	});
}

function refusalOf<T>({ code, data }: CallError): Answer<T> {
	if (code === "RATE_LIMITED") {
		return { outcome: "limited", code, retryAfterMs: data?.retryAfterMs ?? retryAfterMsDefault };
	}
	return { outcome: mayPass.has(code) ? "lost" : "refused", code };
}
