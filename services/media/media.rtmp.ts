/**
 * node-media-server's RTMP parser with a bound on everything that a client can make it hold or do.
 * The parser throws on much of what is malformed; whoever feeds it must catch, and hang up.
 */
import logger from "node-media-server/src/core/logger.js";
import Rtmp, { type Invoke } from "node-media-server/src/protocol/rtmp.js";
import { limits } from "../../config/limits.ts";

// The library writes to the console, in its own form; what matters we log ourselves.
logger.log = () => {};

/** What the client did that ends the connection; for the log and the metrics. */
export class RtmpRefusal extends Error {}

const messageTypes = { audio: 8, video: 9, data: 18 } as const;
const firstMessageHeaderWithLength = 1;

export interface RtmpEvents {
	/** The client wants to publish; nothing was answered yet. */
	onPublishRequest(key: string): void;
	onUnpublish(): void;
}

export class BoundedRtmp extends Rtmp {
	readonly #events: RtmpEvents;
	#isConnected = false;

	constructor(events: RtmpEvents) {
		super();
		this.#events = events;
		// A megabyte per connection that only a player's side would use.
		this.flv = undefined;
	}

	/**
	 * A new length in the middle of a message makes the parser run backwards, over bytes that it
	 * had read: one small packet would then cost as much work as a megabyte.
	 */
	override packetParse(): void {
		super.packetParse();
		const { header, bytes } = this.parserPacket;
		if (bytes > 0 && header.fmt <= firstMessageHeaderWithLength) {
			throw new RtmpRefusal("a message was cut short");
		}
		// The parser keeps a message per chunk stream: many of them are many buffers.
		if (this.inPackets.size > limits.mediaChunkStreamsMax) {
			throw new RtmpRefusal("too many chunk streams");
		}
	}

	/** Runs before the message's buffer is made: a header alone may ask for 16 megabytes. */
	override packetAlloc(): void {
		const { header } = this.parserPacket;
		if (header.length > bytesMaxOf(header.type)) throw new RtmpRefusal("a message is too long");
		super.packetAlloc();
	}

	override controlHandler(): void {
		// Less than four bytes make the parser throw; that ends the connection too.
		super.controlHandler();
		if (this.inChunkSize < limits.mediaChunkBytesMin) throw new RtmpRefusal("bad chunk size");
	}

	override onConnect(message: Invoke): void {
		const command = message.cmdObj as { app?: unknown } | null | undefined;
		if (this.#isConnected || command?.app !== "live") throw new RtmpRefusal("bad connect");
		this.#isConnected = true;
		super.onConnect(message);
	}

	override onPublish({ streamName }: Invoke): void {
		if (!this.#isConnected || typeof streamName !== "string") throw new RtmpRefusal("bad publish");
		this.streamName = streamName.split("?")[0] ?? "";
		this.streamId = this.parserPacket.header.stream_id;
		this.#events.onPublishRequest(streamName);
	}

	/** Viewers come by HTTP, with a signed address. */
	override onPlay(): void {
		throw new RtmpRefusal("play by RTMP");
	}

	override onDeleteStream(): void {
		this.#events.onUnpublish();
	}

	/** Tells the encoder why; OBS shows it to the host. */
	refusePublish(reason: string): void {
		this.sendStatusMessage(this.streamId, "error", "NetStream.Publish.BadName", reason);
	}
}

function bytesMaxOf(type: number): number {
	if (type === messageTypes.audio || type === messageTypes.video) return limits.mediaFrameBytesMax;
	return type === messageTypes.data ? limits.mediaMetadataBytesMax : limits.mediaCommandBytesMax;
}
