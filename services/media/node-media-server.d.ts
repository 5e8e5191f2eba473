/** What we use of node-media-server 4.4.3, which has no types: its parser and its broadcaster. */
declare module "node-media-server/src/core/logger.js" {
	const logger: { log(message: string, level?: string): void };
	export default logger;
}

declare module "node-media-server/src/core/avpacket.js" {
	/** One tag: 8 audio, 9 video, 18 script. Times in milliseconds. */
	class AVPacket {
		codec_id: number;
		codec_type: number;
		/** 0 audio header, 1 audio, 2 video header, 3 key frame, 4 other frame, 5 script. */
		flags: number;
		pts: number;
		dts: number;
		size: number;
		/** May be longer than `size`, and is used again for the next packet. */
		data: Buffer;
	}
	export default AVPacket;
}

declare module "node-media-server/src/server/broadcast_server.js" {
	import type AVPacket from "node-media-server/src/core/avpacket.js";

	/** Who publishes, as far as the broadcaster looks; it fills the fields from the metadata. */
	export interface PublishingSession {
		/** Empty: the library then tells none of its own listeners. */
		ip: string;
		streamPath: string;
		videoWidth?: unknown;
		videoHeight?: unknown;
	}
	export interface PlayingSession {
		id: string;
		ip: string;
		protocol: "flv";
		endTime: number;
		/** The bytes are shared by all viewers and must not be changed. */
		sendBuffer(bytes: Buffer): void;
	}
	class BroadcastServer {
		constructor(streamPath: string);
		subscribers: Map<string, PlayingSession>;
		flvGopCache: Set<Buffer> | null;
		rtmpGopCache: Set<Buffer> | null;
		postPlay(session: PlayingSession): string | null;
		donePlay(session: PlayingSession): void;
		postPublish(session: PublishingSession): string | null;
		broadcastMessage(packet: AVPacket): void;
	}
	export default BroadcastServer;
}

declare module "node-media-server/src/protocol/rtmp.js" {
	import type AVPacket from "node-media-server/src/core/avpacket.js";

	/** One RTMP message as the parser fills it. `payload` is used again for the next message. */
	export interface IncomingMessage {
		header: { fmt: number; length: number; type: number; timestamp: number; stream_id: number };
		payload: Buffer;
		capacity: number;
		/** How much of the payload has come. */
		bytes: number;
	}
	/** Whatever the client wrote: every field may have any type or be absent. */
	export interface Invoke {
		cmd?: unknown;
		transId?: unknown;
		cmdObj?: unknown;
		streamName?: unknown;
	}
	class Rtmp {
		parserPacket: IncomingMessage;
		inPackets: Map<number, IncomingMessage>;
		inChunkSize: number;
		flv: unknown;
		streamApp: string;
		streamName: string;
		streamId: number;
		onPacketCallback: (packet: AVPacket) => void;
		onOutputCallback: (bytes: Buffer) => void;
		/** Throws on much of what is malformed; returns a sentence on the rest. */
		parserData(bytes: Buffer): string | null;
		packetParse(): void;
		packetAlloc(): void;
		controlHandler(): void;
		onConnect(message: Invoke): void;
		onCreateStream(message: Invoke): void;
		onPublish(message: Invoke): void;
		onPlay(message: Invoke): void;
		onDeleteStream(message: Invoke): void;
		respondPublish(): void;
		sendStatusMessage(stream: number, level: string, code: string, description: string): void;
	}
	export default Rtmp;
}
