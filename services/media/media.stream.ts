/**
 * One accepted publish: its packets, its viewers, and how it does. A new publish of the same room
 * is another stream with a higher generation; nothing of the old one reaches it.
 */
import type AVPacket from "node-media-server/src/core/avpacket.js";
import BroadcastServer, {
	type PublishingSession
} from "node-media-server/src/server/broadcast_server.js";
import { limits } from "../../config/limits.ts";
import type { MediaBounds } from "./media.bounds.ts";
import { packetFlags, Signal, type SignalInfo, tagTypes } from "./media.signal.ts";
import type { Viewer } from "./media.viewer.ts";

export interface StreamOptions {
	readonly roomId: string;
	readonly generation: number;
	readonly bounds: MediaBounds;
	now(): number;
	/** Hangs up on the encoder. */
	closePublisher(): void;
	/** Once, when there is something to show. */
	onRunning(stream: Stream): void;
	/** Once, with a word that `rooms` is told. */
	onEnded(stream: Stream, reason: string): void;
}

const audioOnlyFramesMin = 20;

export class Stream {
	readonly roomId: string;
	readonly generation: number;
	readonly startedAt: number;
	readonly viewers = new Set<Viewer>();
	readonly #options: StreamOptions;
	readonly #broadcast: BroadcastServer;
	readonly #publisher: PublishingSession;
	readonly #signal: Signal;
	#lastPacketAt: number;
	#windowSince: number;
	#gopBytes = 0;
	#frames = 0;
	#hasKeyFrame = false;
	#isOver = false;

	constructor(options: StreamOptions) {
		this.#options = options;
		this.roomId = options.roomId;
		this.generation = options.generation;
		this.startedAt = options.now();
		this.#lastPacketAt = this.startedAt;
		this.#windowSince = this.startedAt;
		this.#signal = new Signal(options.now);
		const path = `/live/${options.roomId}`;
		// Never in the library's table of all streams: only what holds this object can feed it.
		this.#broadcast = new BroadcastServer(path);
		this.#publisher = { ip: "", streamPath: path };
		this.#broadcast.postPublish(this.#publisher);
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	/** Whether there is something to show: a picture, or sound where no picture comes. */
	get isRunning(): boolean {
		return this.#hasKeyFrame || this.#frames >= audioOnlyFramesMin;
	}

	silentMilliseconds(): number {
		return this.#options.now() - this.#lastPacketAt;
	}

	/** Throws on packets that cannot be passed on. */
	take(packet: AVPacket): void {
		if (this.#isOver || !isMedia(packet)) return;
		if (packet.codec_type === tagTypes.script) {
			if (!trimMetadata(packet)) return;
		} else {
			this.#lastPacketAt = this.#options.now();
		}
		const wasRunning = this.isRunning;
		this.#frames += 1;
		if (packet.flags === packetFlags.keyFrame) {
			this.#hasKeyFrame = true;
			this.#gopBytes = 0;
		}
		this.#signal.add(packet);
		this.#broadcast.broadcastMessage(packet);
		this.#boundCache(packet.size);
		if (!wasRunning && this.isRunning) this.#options.onRunning(this);
	}

	/** Viewers who join get the pictures since the last key frame, of which none may ever come. */
	#boundCache(bytes: number): void {
		// Nobody plays by RTMP: the library keeps every frame a second time for that.
		this.#broadcast.rtmpGopCache = null;
		this.#gopBytes += bytes;
		// Emptied by the library, which counts frames: what follows is no use without its key frame.
		const isEmptied = this.#broadcast.flvGopCache?.size === 0;
		if (isEmptied || this.#gopBytes > limits.mediaGopBytesMax) this.#broadcast.flvGopCache = null;
	}

	join(viewer: Viewer): void {
		this.viewers.add(viewer);
		this.#broadcast.postPlay(viewer);
		viewer.joined();
	}

	leave(viewer: Viewer): void {
		this.viewers.delete(viewer);
		this.#broadcast.subscribers.delete(viewer.id);
	}

	info(): SignalInfo {
		const { videoWidth: width, videoHeight: height } = this.#publisher;
		return this.#signal.info({ width, height });
	}

	/** About once a second: ends a stream that is silent or too heavy. */
	tick(): void {
		const { bounds, now } = this.#options;
		for (const viewer of this.viewers) viewer.tick();
		if (this.silentMilliseconds() > bounds.silenceMilliseconds) {
			this.end("silence");
		} else if (now() - this.#windowSince >= bounds.bitrateWindowMilliseconds) {
			this.#windowSince = now();
			if (this.#signal.measure() > bounds.bitsPerSecondMax) this.end("bitrate");
		}
	}

	/** Ends once: no packet is taken after it, the encoder and all viewers are let go. */
	end(reason: string): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#options.closePublisher();
		for (const viewer of this.viewers) viewer.end();
		this.viewers.clear();
		this.#broadcast.subscribers.clear();
		this.#options.onEnded(this, reason);
	}
}

const isMedia = ({ codec_type: type, size }: AVPacket): boolean =>
	size > 0 && (type === tagTypes.audio || type === tagTypes.video || type === tagTypes.script);

/** AMF: a string, its two bytes of length, the text. */
const amfString = (text: string): Buffer =>
	Buffer.concat([Buffer.from([2, text.length >> 8, text.length & 0xff]), Buffer.from(text)]);
const setDataFrame = amfString("@setDataFrame");
const onMetaData = amfString("onMetaData");

/**
 * Leaves what players read in an FLV: the order to set the data is between encoder and server.
 * False for other scripts: an encoder could send a text of its own into every player.
 */
function trimMetadata(packet: AVPacket): boolean {
	let data = packet.data.subarray(0, packet.size);
	if (data.subarray(0, setDataFrame.length).equals(setDataFrame)) {
		data = data.subarray(setDataFrame.length);
	}
	if (!data.subarray(0, onMetaData.length).equals(onMetaData)) return false;
	packet.data = data;
	packet.size = data.length;
	return true;
}
