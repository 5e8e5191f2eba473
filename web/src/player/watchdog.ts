/**
 * Decides when a live player has to load again, and from which source. Pure: the player tells what
 * it sees, and obeys. A stream that stops often does so without any error: the connection stays
 * open and the picture stands still, so the position is what counts.
 */

/** Without progress for so long the stream is taken for dead. */
export const stallMilliseconds = 5_000;
/** After so long without trouble, old failures are forgotten. */
export const steadyMilliseconds = 10_000;
export const failuresPerSource = 3;

const reloadMillisecondsMin = 500;
const reloadMillisecondsMax = 3_000;

export interface Watch {
	readonly phase: "loading" | "playing" | "reloading";
	/** Counts up; the player takes it modulo the number of sources that there are. */
	readonly source: number;
	/** Since the source changed or playing was steady. */
	readonly failures: number;
	/** Seconds, as the video element counts. */
	readonly position: number;
	/** Milliseconds. */
	readonly movedAt: number;
	readonly playingSince: number;
}

export type WatchEvent =
	| { readonly type: "load"; readonly now: number }
	| { readonly type: "position"; readonly now: number; readonly seconds: number }
	| { readonly type: "failure" };

export const firstWatch: Watch = {
	phase: "reloading",
	source: 0,
	failures: 0,
	position: 0,
	movedAt: 0,
	playingSince: 0
};

/** The next state; when it turns to `reloading`, the player loads again after a delay. */
export function watch(state: Watch, event: WatchEvent): Watch {
	if (event.type === "load") {
		return { ...state, phase: "loading", position: 0, movedAt: event.now };
	}
	// What an abandoned player still tells counts no more.
	if (state.phase === "reloading") return state;
	if (event.type === "failure") return failed(state);
	if (event.seconds !== state.position) return moved(state, event.seconds, event.now);
	return event.now - state.movedAt >= stallMilliseconds ? failed(state) : state;
}

function moved(state: Watch, position: number, now: number): Watch {
	const playingSince = state.phase === "playing" ? state.playingSince : now;
	const failures = now - playingSince >= steadyMilliseconds ? 0 : state.failures;
	return { ...state, phase: "playing", position, movedAt: now, playingSince, failures };
}

function failed(state: Watch): Watch {
	const failures = state.failures + 1;
	if (failures < failuresPerSource) return { ...state, phase: "reloading", failures };
	return { ...state, phase: "reloading", failures: 0, source: state.source + 1 };
}

/** Spread, so that a thousand viewers of one dead node do not come back in the same instant. */
export const reloadDelay = (random: number): number =>
	reloadMillisecondsMin + random * (reloadMillisecondsMax - reloadMillisecondsMin);
