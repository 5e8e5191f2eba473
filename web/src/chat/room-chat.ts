/**
 * One room as this page is in it: enters it whenever there is a connection, keeps its lines, counts
 * and what the user may not do there. Knows nothing of React.
 */
import { limits } from "../../../config/limits.ts";
import type { Envelope } from "../../../services/im-router/im-router.contract.ts";
import { ApiError } from "../api/http.ts";
import { type Connection, pauseOf } from "./connection.ts";
import { randomName } from "./device.ts";
import { Emitter } from "./emitter.ts";
import { LikeBatch } from "./likes.ts";
import * as log from "./lines.ts";
import { countOf, ousterOf, type RoomEvent, roomEventOf } from "./room-events.ts";

/** `null`: until somebody lifts it. */
type Until = string | null;

export interface RoomChatState {
	readonly lines: log.Lines;
	/** `away`: was in the room, and will be again. */
	readonly place: "entering" | "in" | "away" | "banned" | "absent";
	readonly bannedUntil?: Until;
	readonly mutedUntil?: Until | undefined;
	/** Nothing may be said before (`Date.now()`). */
	readonly waitsUntil?: number;
	readonly viewers?: number;
	readonly likes?: number;
	/** Likes of others that came last, for the hearts. */
	readonly likesSeen: number;
	/** Who came in last. */
	readonly entrant?: { readonly id: string; readonly nickname: string };
}

export interface RoomChatParts {
	readonly connection: Connection;
	readonly roomId: string;
	readonly userId: string | undefined;
	/** The show went live, paused and so on. */
	readonly onRoomEvent: (event: RoomEvent) => void;
}

/** Fast rooms are shown in steps: a page that draws each line alone would do nothing else. */
const showMilliseconds = 100;
/** A line that the platform took is here by then, or something is missing. */
const echoMilliseconds = 4_000;
const triesMax = 4;
/** Trying again by itself may change the outcome of these. */
const passing = new Set(["TIMEOUT", "OFFLINE", "BUSY", "UNAVAILABLE", "INTERNAL", "SHUTTING_DOWN"]);

export class RoomChat {
	readonly changes = new Emitter<void>();
	readonly #parts: RoomChatParts;
	readonly #tries = new Map<string, number>();
	readonly #likes: LikeBatch;
	readonly #timers = new Set<ReturnType<typeof setTimeout>>();
	#state: RoomChatState;
	#buffer: Envelope[] = [];
	#shownAt = 0;
	#isEntering = false;
	#failures = 0;

	constructor(parts: RoomChatParts) {
		this.#parts = parts;
		this.#state = { lines: log.noLines(parts.userId), place: "entering", likesSeen: 0 };
		this.#likes = new LikeBatch((count) => this.#sendLikes(count));
	}

	readonly state = (): RoomChatState => this.#state;

	/** Enters, and stays until the returned function is called. */
	start(): () => void {
		const { connection, roomId } = this.#parts;
		const release = connection.hold();
		const ends = [
			connection.phases.on(() => this.#follow()),
			connection.envelopes.on((line) => line.roomId === roomId && this.#take(line))
		];
		this.#follow();
		return () => {
			for (const end of ends) end();
			this.#likes.stop();
			for (const timer of this.#timers) clearTimeout(timer);
			this.#timers.clear();
			connection.call("im.leave", { roomId }).catch(() => undefined);
			release();
		};
	}

	/** @returns false when there is nothing to say */
	say(words: string): boolean {
		const text = words.trim().normalize("NFC");
		if (text === "") return false;
		this.#send(randomName(), text);
		return true;
	}

	/** Once more under the same id: said twice, it stands there once. */
	retry({ clientId, text }: log.OwnLine): void {
		this.#tries.delete(clientId);
		this.#send(clientId, text);
	}

	drop(clientId: string): void {
		this.#lines((lines) => log.dropped(lines, clientId));
	}

	like(): void {
		this.#likes.press();
	}

	/** Somebody thinks the mute is over. */
	forgetMute(): void {
		this.#become({ mutedUntil: undefined });
	}

	#follow(): void {
		const phase = this.#parts.connection.phase();
		if (phase === "connected") void this.#enter();
		else if (this.#state.place === "in") this.#become({ place: "away" });
	}

	async #enter(): Promise<void> {
		if (this.#isEntering) return;
		this.#isEntering = true;
		const { connection, roomId } = this.#parts;
		try {
			const after = log.positionOf(this.#state.lines);
			const answer = await connection.call("im.enter", after ? { roomId, after } : { roomId });
			this.#failures = 0;
			const { lines } = this.#state;
			this.#become({ lines: log.entered(lines, answer), place: "in", viewers: answer.viewers });
			this.#show();
			this.#sendAgain();
		} catch (error) {
			this.#notEntered(error);
		} finally {
			this.#isEntering = false;
		}
	}

	#notEntered(error: unknown): void {
		const { code, data } = error instanceof ApiError ? error : new ApiError("INTERNAL", 500);
		if (code === "BANNED_FROM_ROOM") this.#banned((data.until as Until | undefined) ?? null);
		else if (code === "NOT_FOUND" || code === "VALIDATION_FAILED") {
			this.#become({ place: "absent" });
		} else if (code !== "OFFLINE") {
			// Without a connection the next one enters.
			this.#later(pauseOf(this.#failures, Math.random()), () => this.#follow());
			this.#failures += 1;
		}
	}

	#banned(until: Until): void {
		this.#become({ place: "banned", bannedUntil: until });
		if (until === null) return;
		const left = Date.parse(until) - Date.now();
		// A timer cannot wait for longer than 24 days; nobody keeps a page open for that.
		if (left < 2 ** 31) this.#later(Math.max(left, 0) + 500, () => this.#follow());
	}

	#take(line: Envelope): void {
		const event = roomEventOf(line);
		const until = ousterOf(line);
		if (until !== undefined) this.#banned(until);
		else if (line.kind === "viewers" || line.kind === "likes") this.#count(line);
		else if (event === "entered") this.#greet(line);
		else {
			if (event) this.#parts.onRoomEvent(event);
			this.#keep(line);
		}
	}

	#greet({ id, from }: Envelope): void {
		if (from) this.#become({ entrant: { id, nickname: from.nickname } });
	}

	#keep(line: Envelope): void {
		this.#buffer.push(line);
		if (this.#buffer.length > 1) return;
		const pause = showMilliseconds - (Date.now() - this.#shownAt);
		if (pause <= 0) this.#show();
		else this.#later(pause, () => this.#show());
	}

	#count(line: Envelope): void {
		const count = countOf(line, line.kind === "viewers" ? "viewers" : "likes");
		if (count === undefined) return;
		const { likes = count, likesSeen } = this.#state;
		if (line.kind === "viewers") this.#become({ viewers: count });
		else this.#become({ likes: count, likesSeen: likesSeen + Math.max(0, count - likes) });
	}

	/** What came before the first answer is in the answer too. */
	#show(): void {
		if (this.#state.place === "entering" || this.#buffer.length === 0) return;
		const lines = this.#buffer;
		this.#buffer = [];
		this.#shownAt = Date.now();
		this.#lines((before) => log.received(before, lines));
		if (this.#state.lines.isBehind) this.#later(pauseOf(0, Math.random()), () => this.#catchUp());
	}

	#catchUp(): void {
		if (this.#state.lines.isBehind && this.#state.place === "in") this.#follow();
	}

	#send(clientId: string, text: string): void {
		this.#lines((lines) => log.sending(lines, clientId, text));
		// Otherwise it goes out once the room is entered.
		if (this.#state.place === "in") void this.#deliver(clientId, text);
	}

	async #deliver(clientId: string, text: string): Promise<void> {
		const { connection, roomId } = this.#parts;
		try {
			const said = await connection.call("im.say", { roomId, clientId, text });
			this.#tries.delete(clientId);
			this.#become({ mutedUntil: undefined });
			this.#lines((lines) => log.sent(lines, clientId, said));
			this.#later(echoMilliseconds, () => this.#expectEcho(clientId));
		} catch (error) {
			this.#notSaid(clientId, text, error instanceof ApiError ? error : undefined);
		}
	}

	#expectEcho(clientId: string): void {
		const isWaiting = this.#state.lines.own.some((line) => line.clientId === clientId);
		if (isWaiting) this.#follow();
	}

	#notSaid(clientId: string, text: string, error: ApiError | undefined): void {
		const code = error?.code ?? "INTERNAL";
		const tries = (this.#tries.get(clientId) ?? 0) + 1;
		this.#tries.set(clientId, tries);
		if (passing.has(code) && tries < triesMax) {
			// Without a connection it is said again once the room is entered again.
			if (code !== "OFFLINE") this.#later(500 * tries, () => void this.#deliver(clientId, text));
			return;
		}
		if (code === "MUTED") {
			this.#become({ mutedUntil: (error?.data.until as Until | undefined) ?? null });
		}
		if (code === "RATE_LIMITED") {
			const wait = Number(error?.data.retryAfterMs ?? 1_000);
			this.#become({ waitsUntil: Date.now() + wait });
		}
		if (code === "NOT_IN_ROOM") this.#follow();
		this.#lines((lines) => log.failed(lines, { clientId, text, state: "failed" }, code));
	}

	/** What was on its way when the connection ended; the platform knows what it has already. */
	#sendAgain(): void {
		for (const { clientId, text, state } of this.#state.lines.own) {
			if (state === "sending") void this.#deliver(clientId, text);
		}
	}

	#sendLikes(count: number): void {
		const { connection, roomId } = this.#parts;
		const most = Math.min(count, limits.likesPerCallMax);
		// A like that got lost is missed by nobody.
		connection.call("im.like", { roomId, count: most }).catch(() => undefined);
	}

	#later(milliseconds: number, work: () => void): void {
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			work();
		}, milliseconds);
		this.#timers.add(timer);
	}

	#lines(change: (lines: log.Lines) => log.Lines): void {
		this.#become({ lines: change(this.#state.lines) });
	}

	#become(change: Partial<RoomChatState>): void {
		this.#state = { ...this.#state, ...change } as RoomChatState;
		this.changes.emit();
	}
}
