import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { call } from "../api/index.ts";
import { LivePlayer, type PlayerPhase } from "./live-player.ts";

/** A tab that nobody looks at stops pulling after so long. */
const hiddenMillisecondsMax = 60_000;

export interface PlayerState {
	readonly phase: PlayerPhase | "stopped";
	readonly start: () => void;
	readonly stop: () => void;
}

/**
 * Plays a room in a video element from now until the component goes; another `generation` (another
 * encoder took over) loads again.
 */
export function useLivePlayer(
	video: RefObject<HTMLVideoElement | null>,
	roomId: string,
	generation: number
): PlayerState {
	const [phase, setPhase] = useState<PlayerPhase | "stopped">("loading");
	const player = useRef<LivePlayer | undefined>(undefined);

	// biome-ignore lint/correctness/useExhaustiveDependencies: a new generation must load again
	useEffect(() => {
		const element = video.current;
		if (!element) return;
		const live = new LivePlayer({
			video: element,
			sources: async () => (await call("rooms.playback", { id: roomId })).sources,
			onPhase: setPhase
		});
		player.current = live;
		live.start();
		return () => live.stop();
	}, [video, roomId, generation]);

	const start = useCallback(() => player.current?.start(), []);
	const stop = useCallback(() => {
		player.current?.stop();
		setPhase("stopped");
	}, []);

	const running = phase === "loading" || phase === "playing" || phase === "retrying";
	useStopWhenHidden(running, start, stop);
	return { phase, start, stop };
}

function useStopWhenHidden(running: boolean, start: () => void, stop: () => void): void {
	const stoppedHere = useRef(false);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const look = () => {
			clearTimeout(timer);
			if (document.hidden && running) {
				timer = setTimeout(() => {
					stoppedHere.current = true;
					stop();
				}, hiddenMillisecondsMax);
			}
			if (!document.hidden && stoppedHere.current) {
				stoppedHere.current = false;
				start();
			}
		};
		look();
		document.addEventListener("visibilitychange", look);
		return () => {
			clearTimeout(timer);
			document.removeEventListener("visibilitychange", look);
		};
	}, [running, start, stop]);
}
