/**
 * What can be seen of a stream from its packets: codecs, frame rate, distance of key frames, and
 * bits per second. What the encoder says of itself (its metadata) is believed for the picture's
 * size alone, which the packets do not show without decoding.
 */
import type AVPacket from "node-media-server/src/core/avpacket.js";
import type { Static } from "../../lib/schemas.ts";
import type { StreamInfo } from "../rooms/rooms.contract.ts";

export type SignalInfo = Static<typeof StreamInfo>;

export const tagTypes = { audio: 8, video: 9, script: 18 } as const;
export const packetFlags = {
	audioHeader: 0,
	audio: 1,
	videoHeader: 2,
	keyFrame: 3,
	frame: 4,
	script: 5
} as const;

const fourCharacters = (text: string): number => Buffer.from(text).readUInt32BE();
/** Numbers of the FLV specification, and the four characters of its later extension. */
const videoCodecs = new Map([
	[7, "h264"],
	[fourCharacters("hvc1"), "hevc"],
	[fourCharacters("av01"), "av1"],
	[fourCharacters("vp09"), "vp9"]
]);
const audioCodecs = new Map([
	[2, "mp3"],
	[10, "aac"]
]);

const pixelsMax = 16_384;
const figuresMax = { fps: 1_000, gopSeconds: 3_600 };

export class Signal {
	readonly #now: () => number;
	#since: number;
	#bytes = 0;
	#frames = 0;
	#rate: Pick<SignalInfo, "fps" | "kilobitsPerSecond"> = {};
	#video: string | undefined;
	#audio: string | undefined;
	#lastKeyMs: number | undefined;
	#gopSeconds: number | undefined;

	/** `now` counts milliseconds and never goes back. */
	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
		this.#since = now();
	}

	add(packet: AVPacket): void {
		this.#bytes += packet.size;
		const { codec_type: type, codec_id: codec, flags, dts } = packet;
		if (type === tagTypes.audio) this.#audio = audioCodecs.get(codec) ?? "other";
		if (type !== tagTypes.video) return;
		this.#video = videoCodecs.get(codec) ?? "other";
		if (flags === packetFlags.keyFrame) this.#keyFrame(dts);
		if (flags === packetFlags.keyFrame || flags === packetFlags.frame) this.#frames += 1;
	}

	#keyFrame(dts: number): void {
		const seconds = (dts - (this.#lastKeyMs ?? dts)) / 1_000;
		// Clocks of encoders jump; a distance that makes no sense is no distance.
		if (seconds > 0 && seconds <= figuresMax.gopSeconds) this.#gopSeconds = seconds;
		this.#lastKeyMs = dts;
	}

	/** Ends the window that rates are measured over; bits per second of it. */
	measure(): number {
		const now = this.#now();
		const seconds = (now - this.#since) / 1_000;
		if (seconds <= 0) return 0;
		const bitsPerSecond = (this.#bytes * 8) / seconds;
		this.#rate = {
			fps: Math.min(figuresMax.fps, rounded(this.#frames / seconds)),
			kilobitsPerSecond: rounded(bitsPerSecond / 1_000)
		};
		this.#since = now;
		this.#bytes = 0;
		this.#frames = 0;
		return bitsPerSecond;
	}

	/** `picture` is what the encoder claims: anything may stand in it. */
	info(picture: { width: unknown; height: unknown }): SignalInfo {
		const { width, height } = picture;
		return {
			...(this.#video === undefined ? {} : { video: this.#video }),
			...(this.#audio === undefined ? {} : { audio: this.#audio }),
			...(isPixels(width) ? { width } : {}),
			...(isPixels(height) ? { height } : {}),
			...(this.#gopSeconds === undefined ? {} : { gopSeconds: this.#gopSeconds }),
			...this.#rate
		};
	}
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

const isPixels = (value: unknown): value is number =>
	Number.isInteger(value) && (value as number) > 0 && (value as number) <= pixelsMax;
