/**
 * Plays a live stream in a video element and keeps it alive: it asks for fresh signed addresses
 * before every load, so none is ever used after its time, and obeys the watchdog.
 */
import type mpegts from "mpegts.js";
import { lackingTracks, type Tracks } from "./tracks.ts";
import { firstWatch, reloadDelay, type Watch, type WatchEvent, watch } from "./watchdog.ts";

export interface Source {
	readonly type: "flv" | "ws-flv" | "hls";
	readonly url: string;
}

/** `blocked`: the browser wants a tap first. */
export type PlayerPhase = "loading" | "playing" | "retrying" | "blocked" | "unsupported";

export interface LivePlayerOptions {
	readonly video: HTMLVideoElement;
	/** Best first; asked for before each load. */
	readonly sources: () => Promise<readonly Source[]>;
	readonly onPhase: (phase: PlayerPhase) => void;
}

const lookMilliseconds = 500;

/**
 * How far behind the newest packet the player lets itself fall before it plays faster, and where it
 * stops doing so. With what the encoder takes, viewers stay within a second of what happens; the
 * rest is what a network may stutter without a stall. (The library's own are 1.2 and 0.8 s.)
 */
const behindSecondsMax = 0.8;
const behindSecondsAimed = 0.5;

export class LivePlayer {
	readonly #options: LivePlayerOptions;
	#watch: Watch = firstWatch;
	#player: mpegts.Player | undefined;
	#look: ReturnType<typeof setInterval> | undefined;
	#reload: ReturnType<typeof setTimeout> | undefined;
	/** Which load this is: what an older one still does counts no more. */
	#load = 0;

	constructor(options: LivePlayerOptions) {
		this.#options = options;
	}

	start(): void {
		this.stop();
		this.#options.onPhase("loading");
		this.#look = setInterval(() => {
			const { currentTime } = this.#options.video;
			this.#see({ type: "position", now: performance.now(), seconds: currentTime });
		}, lookMilliseconds);
		void this.#open();
	}

	/** Lets go of the stream; nothing is pulled any more until `start`. */
	stop(): void {
		this.#load += 1;
		clearInterval(this.#look);
		clearTimeout(this.#reload);
		this.#release();
		this.#watch = { ...this.#watch, phase: "reloading", failures: 0 };
	}

	async #open(): Promise<void> {
		this.#load += 1;
		const load = this.#load;
		this.#see({ type: "load", now: performance.now() });
		try {
			const [{ default: library }, sources] = await Promise.all([
				import("mpegts.js"),
				this.#options.sources()
			]);
			if (load !== this.#load) return;
			if (!library.isSupported()) {
				this.stop();
				return this.#options.onPhase("unsupported");
			}
			const playable = sources.filter(({ type }) => type !== "hls");
			const source = playable[this.#watch.source % Math.max(1, playable.length)];
			if (!source) return this.#see({ type: "failure" });
			await this.#play(library, source.url);
		} catch {
			if (load === this.#load) this.#see({ type: "failure" });
		}
	}

	async #play(library: typeof mpegts, url: string, lacking?: Tracks): Promise<void> {
		const player = library.createPlayer(
			{ type: "flv", isLive: true, url, ...lacking },
			{
				enableStashBuffer: false,
				lazyLoad: false,
				liveSync: true,
				liveSyncMaxLatency: behindSecondsMax,
				liveSyncTargetLatency: behindSecondsAimed
			}
		);
		const failure = () => {
			if (player === this.#player) this.#see({ type: "failure" });
		};
		player.on(library.Events.ERROR, failure);
		player.on(library.Events.LOADING_COMPLETE, failure);
		player.on(library.Events.METADATA_ARRIVED, (metadata: unknown) => {
			const tracks = lackingTracks(metadata);
			if (lacking || !tracks || player !== this.#player) return;
			this.#release();
			void this.#play(library, url, tracks);
		});
		this.#player = player;
		player.attachMediaElement(this.#options.video);
		player.load();
		await this.#begin();
	}

	async #begin(): Promise<void> {
		try {
			await this.#options.video.play();
		} catch (error) {
			// Anything else (as a player that was replaced meanwhile) shows in the position.
			if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
			this.stop();
			this.#options.onPhase("blocked");
		}
	}

	#see(event: WatchEvent): void {
		const before = this.#watch.phase;
		this.#watch = watch(this.#watch, event);
		const { phase } = this.#watch;
		if (phase === before) return;
		if (phase === "playing") this.#options.onPhase("playing");
		if (phase !== "reloading") return;
		this.#options.onPhase("retrying");
		this.#load += 1;
		this.#release();
		this.#reload = setTimeout(() => void this.#open(), reloadDelay(Math.random()));
	}

	#release(): void {
		const player = this.#player;
		this.#player = undefined;
		player?.destroy();
	}
}
