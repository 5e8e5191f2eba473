/** How a room goes from state to state, and what its words may be. Pure. */
import { limits } from "../../config/limits.ts";

export type Status = "scheduled" | "live" | "paused" | "ended";

export type Move = "start" | "pause" | "end" | "packets" | "silence";

/**
 * Which move leads where; what does not stand here does not happen. `start` opens a session in a
 * scheduled or ended room and resumes one that the host paused; `packets` and `silence` are what
 * the encoder does.
 */
export const transitions: Readonly<Record<Status, Readonly<Partial<Record<Move, Status>>>>> = {
	scheduled: { start: "live", end: "ended" },
	live: { pause: "paused", silence: "paused", end: "ended" },
	paused: { start: "live", packets: "live", end: "ended" },
	ended: { start: "live" }
};

export type EndReason = "host" | "operator" | "banned" | "silence" | "no-stream";

/** What decides about a room. */
export interface RoomState {
	readonly status: Status;
	/** The session that is open, or was the last. */
	readonly sessionId: string | null;
	/** Rises with each accepted publish; never falls. */
	readonly generation: number;
	/** Nothing that is told of this generation or an older one counts any more. */
	readonly closedGeneration: number;
	/** Packets of the current generation arrive. */
	readonly streaming: boolean;
	/** The session has had packets. */
	readonly aired: boolean;
	readonly pausedBy: "host" | "silence" | null;
	readonly pausedAt: Date | null;
	readonly startedAt: Date | null;
	/** The last sign of life of an encoder. */
	readonly heardAt: Date | null;
}

export type RoomEvent =
	| { readonly type: "start"; readonly sessionId: string; readonly at: Date }
	| { readonly type: "pause"; readonly at: Date }
	| { readonly type: "end"; readonly reason: EndReason; readonly at: Date }
	/** An encoder with a good key is let in. */
	| { readonly type: "publish"; readonly at: Date }
	| { readonly type: "packets"; readonly generation: number; readonly at: Date }
	| { readonly type: "stopped"; readonly generation: number; readonly at: Date }
	| { readonly type: "key-rotated"; readonly at: Date }
	/** Nobody spoke for the stream since `before`. */
	| { readonly type: "silent"; readonly before: Date; readonly at: Date }
	/** A paused room had no encoder since `before`. */
	| { readonly type: "grace-over"; readonly before: Date; readonly at: Date }
	/** A session opened before `before` never had packets. */
	| { readonly type: "never-aired"; readonly before: Date; readonly at: Date };

export type Fact = "wentLive" | "paused" | "resumed" | "ended";

export interface Decision {
	/** The same object when nothing changes. */
	readonly state: RoomState;
	readonly fact?: Fact;
	readonly reason?: EndReason;
}

export const isOpen = ({ status }: RoomState): boolean => status === "live" || status === "paused";

export const isOnAir = ({ status, streaming }: Pick<RoomState, "status" | "streaming">): boolean =>
	status === "live" && streaming;

/** Whether what is told of `generation` counts. */
export const isCurrent = (state: RoomState, generation: number): boolean =>
	isOpen(state) && generation === state.generation && generation > state.closedGeneration;

/** What an event makes of a room. An event that comes late, twice or in vain changes nothing. */
export function decide(state: RoomState, event: RoomEvent): Decision {
	switch (event.type) {
		case "start":
			return start(state, event);
		case "pause":
			return pauseByHost(state, event.at);
		case "end":
			return end(state, event.reason);
		case "publish":
			return isOpen(state) ? { state: { ...state, generation: state.generation + 1 } } : { state };
		case "packets":
			return isCurrent(state, event.generation) ? packets(state, event.at) : { state };
		case "stopped":
			return isCurrent(state, event.generation) ? streamGone(state, event.at) : { state };
		case "key-rotated":
			return state.generation > state.closedGeneration ? streamGone(state, event.at) : { state };
		case "silent":
			return silent(state, event);
		case "grace-over":
			return state.status === "paused" && isQuietSince(state, event.before)
				? end(state, "silence")
				: { state };
		case "never-aired":
			return state.status === "live" && !state.aired && isBefore(state.startedAt, event.before)
				? end(state, "no-stream")
				: { state };
	}
}

function start(state: RoomState, { sessionId, at }: { sessionId: string; at: Date }): Decision {
	if (isOpen(state)) return resumeByHost(state);
	return {
		state: {
			...state,
			status: moved(state, "start"),
			sessionId,
			startedAt: at,
			streaming: false,
			aired: false,
			pausedBy: null,
			pausedAt: null,
			heardAt: null
		}
	};
}

/** Without an encoder the host only lifts the pause: the first packets resume the session. */
function resumeByHost(state: RoomState): Decision {
	if (state.status !== "paused") return { state };
	if (!state.streaming) {
		return state.pausedBy === "host" ? { state: { ...state, pausedBy: "silence" } } : { state };
	}
	const resumed = { ...state, status: moved(state, "start"), pausedBy: null, pausedAt: null };
	return { state: resumed, fact: "resumed" };
}

function pauseByHost(state: RoomState, at: Date): Decision {
	if (state.status === "live") {
		const paused = { status: moved(state, "pause"), pausedBy: "host", pausedAt: at } as const;
		return { state: { ...state, ...paused }, fact: "paused" };
	}
	// The encoder's return must not undo what the host wants.
	const isSilent = state.status === "paused" && state.pausedBy === "silence";
	return { state: isSilent ? { ...state, pausedBy: "host" } : state };
}

function end(state: RoomState, reason: EndReason): Decision {
	if (state.status === "ended") return { state };
	const ended = {
		...state,
		status: moved(state, "end"),
		closedGeneration: state.generation,
		streaming: false,
		pausedBy: null,
		pausedAt: null
	};
	return isOpen(state) ? { state: ended, fact: "ended", reason } : { state: ended, reason };
}

function packets(state: RoomState, at: Date): Decision {
	const heard = { ...state, streaming: true, heardAt: at, aired: true };
	const fact = state.aired ? undefined : ({ fact: "wentLive" } as const);
	if (state.status !== "paused" || state.pausedBy === "host") return { state: heard, ...fact };
	const resumed = { ...heard, status: moved(state, "packets"), pausedBy: null, pausedAt: null };
	return { state: resumed, ...(fact ?? { fact: "resumed" }) };
}

/** The publisher of the current generation is gone for good. */
const streamGone = (state: RoomState, at: Date): Decision =>
	fallSilent({ ...state, closedGeneration: state.generation }, at);

/** Nobody said that it is gone, so it may be heard again. */
const silent = (state: RoomState, { before, at }: { before: Date; at: Date }): Decision =>
	state.streaming && isBefore(state.heardAt, before) ? fallSilent(state, at) : { state };

function fallSilent(state: RoomState, at: Date): Decision {
	const quiet = { ...state, streaming: false };
	if (state.status !== "live" || !state.aired) return { state: quiet };
	const paused = { status: moved(state, "silence"), pausedBy: "silence", pausedAt: at } as const;
	return { state: { ...quiet, ...paused }, fact: "paused" };
}

/** An encoder that still streams into a room that its host paused is a sign of life. */
const isQuietSince = ({ pausedAt, heardAt }: RoomState, before: Date): boolean =>
	isBefore(pausedAt, before) && (heardAt === null || heardAt < before);

const isBefore = (moment: Date | null, before: Date): boolean => moment !== null && moment < before;

function moved({ status }: RoomState, move: Move): Status {
	const next = transitions[status][move];
	if (!next) throw new Error(`A room that is ${status} knows no ${move}.`);
	return next;
}

/** Heat counts from here, so that it stays far below 2^31 seconds. */
const heatEpochSeconds = Date.UTC(2026, 0, 1) / 1000;
const secondsPerDoubling = 1_800;

/**
 * What `sort=heat` orders by: seconds since 2026, and each doubling of the viewers is worth half
 * an hour of being newer. It does not fade, so that only rooms with other viewers are written.
 */
export const heatOf = (viewers: number, since: Date): number =>
	Math.floor(since.getTime() / 1000) -
	heatEpochSeconds +
	Math.round(secondsPerDoubling * Math.log2(1 + viewers));

/** Control, format, private and unassigned characters; the joiner inside emoji is welcome. */
const unshowable = /(?!\u200d)\p{C}/u;
const showable = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** One space where there were several, nothing around; undefined where nothing can be shown. */
export function normaliseTitle(text: string): string | undefined {
	const title = text
		.normalize("NFC")
		.replace(/[^\S\p{C}]+/gu, " ")
		.trim();
	if (title.length > limits.roomTitleCharactersMax) return undefined;
	return unshowable.test(title) || !showable.test(title) ? undefined : title;
}

/** Whether a room may be announced for `startsAt`; a minute late is still the same form sent. */
export const mayStartAt = (startsAt: Date, now: Date): boolean => {
	const aheadSeconds = (startsAt.getTime() - now.getTime()) / 1000;
	return aheadSeconds > -60 && aheadSeconds < limits.roomScheduleSecondsMax;
};
