/**
 * One viewer of a stream, over HTTP or a WebSocket. What a slow viewer has not taken is bounded in
 * bytes and in time: first frames are left out up to the next key frame, then it is closed.
 */
import { randomUUID } from "node:crypto";
import type { PlayingSession } from "node-media-server/src/server/broadcast_server.js";
import type { MediaBounds } from "./media.bounds.ts";
import { tagTypes } from "./media.signal.ts";

/** Where a viewer's bytes go. */
export interface Sink {
	write(bytes: Buffer): void;
	/** Bytes that were written and that the network has not taken. */
	unsentBytes(): number;
	/** The stream is over: what was written still leaves. */
	end(): void;
	/** At once. */
	destroy(): void;
}

export interface ViewerOptions {
	readonly sink: Sink;
	readonly bounds: MediaBounds;
	/** Counts milliseconds and never goes back. */
	now(): number;
	onSent(bytes: number): void;
}

export class Viewer implements PlayingSession {
	readonly id = randomUUID();
	readonly ip = "";
	readonly protocol = "flv";
	endTime = 0;
	readonly #options: ViewerOptions;
	/** The headers and the last group of pictures arrive at once and may exceed the bound. */
	#burst = 0;
	#isJoining = true;
	#isSkipping = false;
	#isOver = false;
	#lastEmptyAt: number;

	constructor(options: ViewerOptions) {
		this.#options = options;
		this.#lastEmptyAt = options.now();
	}

	/** From now on frames come as they are made. */
	joined(): void {
		this.#isJoining = false;
	}

	sendBuffer(bytes: Buffer): void {
		if (this.#isOver) return;
		if (this.#isJoining) this.#burst += bytes.length;
		else if (!this.#mayTake(bytes)) return;
		this.#options.sink.write(bytes);
		this.#options.onSent(bytes.length);
	}

	#mayTake(bytes: Buffer): boolean {
		const { sink, bounds } = this.#options;
		const unsent = sink.unsentBytes();
		if (unsent === 0) this.#lastEmptyAt = this.#options.now();
		if (unsent <= bounds.unsentBytesMax / 4) this.#burst = 0;
		if (unsent > bounds.unsentBytesMax + this.#burst) {
			this.destroy();
			return false;
		}
		if (isHeader(bytes)) return true;
		if (unsent > bounds.unsentBytesMax / 2 + this.#burst) this.#isSkipping = true;
		else if (isKeyFrame(bytes)) this.#isSkipping = false;
		return !this.#isSkipping;
	}

	/** Closes a viewer that takes nothing, which a stream of few bits would feed for minutes. */
	tick(): void {
		const { sink, bounds, now } = this.#options;
		if (this.#isOver) return;
		if (sink.unsentBytes() === 0) this.#lastEmptyAt = now();
		if (now() - this.#lastEmptyAt > bounds.stallMilliseconds) this.destroy();
	}

	end(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#options.sink.end();
	}

	destroy(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#options.sink.destroy();
	}
}

/** Behind the eleven bytes of a tag's head: kind of frame and codec, then kind of packet. */
const frameAt = 11;
const keyFrame = 1;
/** Set where the codec stands in four characters; the kind of packet is then in this byte. */
const extended = 0x80;

const isKeyFrame = (tag: Buffer): boolean =>
	tag[0] === tagTypes.video && (((tag[frameAt] ?? 0) >> 4) & 0b111) === keyFrame;

/** What a decoder cannot do without: headers of codecs, and metadata. */
function isHeader(tag: Buffer): boolean {
	if (tag[0] === tagTypes.script) return true;
	const first = tag[frameAt] ?? 0;
	if (tag[0] === tagTypes.video && (first & extended) !== 0) return (first & 0x0f) === 0;
	const aac = 10;
	const isPlain = tag[0] === tagTypes.video || first >> 4 === aac;
	return isPlain && tag[frameAt + 1] === 0;
}
