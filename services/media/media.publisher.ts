/**
 * The connection of one encoder, and the gate in it: not a packet passes before `rooms` has said
 * yes, whatever says no or says nothing closes the connection, and nothing of a closed connection
 * is looked at again, also when the other side goes on sending.
 */
import type { Socket } from "node:net";
import AVPacket from "node-media-server/src/core/avpacket.js";
import { limits } from "../../config/limits.ts";
import { errorType } from "../../lib/errors.ts";
import type { MediaBounds } from "./media.bounds.ts";
import { BoundedRtmp, RtmpRefusal } from "./media.rtmp.ts";
import { roomOfKey } from "./media.rules.ts";
import type { Stream } from "./media.stream.ts";

export interface Admission {
	readonly roomId: string;
	readonly key: string;
	readonly address: string;
	/** Hangs up on this encoder. */
	readonly close: () => void;
}

export interface PublisherOptions {
	readonly socket: Socket;
	readonly address: string;
	readonly bounds: MediaBounds;
	/** The stream to publish into. Whatever it throws refuses the encoder. */
	admit(admission: Admission): Promise<Stream>;
	onReceived(bytes: number): void;
	/** `reason` is a word or a code of ours, never a text of the client. */
	onRefused(reason: string): void;
}

type State = "asking" | "deciding" | "publishing" | "closed";

export class Publisher {
	readonly #options: PublisherOptions;
	readonly #socket: Socket;
	readonly #rtmp: BoundedRtmp;
	readonly #handshakeTimer: NodeJS.Timeout;
	/** What stood behind the publish command in the same read; later bytes stay in the socket. */
	readonly #waiting: AVPacket[] = [];
	#state: State = "asking";
	#received = 0;
	#stream: Stream | undefined;

	constructor(options: PublisherOptions) {
		this.#options = options;
		this.#socket = options.socket;
		this.#rtmp = new BoundedRtmp({
			onPublishRequest: (key) => this.#onPublishRequest(key),
			onUnpublish: () => this.#close("unpublished")
		});
		this.#rtmp.onOutputCallback = (bytes) => this.#answer(bytes);
		this.#rtmp.onPacketCallback = (packet) => this.#onPacket(packet);
		this.#handshakeTimer = setTimeout(
			() => this.#refuse("handshake took too long"),
			options.bounds.handshakeMilliseconds
		);
		this.#socket.setNoDelay(true);
		this.#socket.on("data", (bytes) => this.#onData(bytes));
		this.#socket.on("error", () => {});
		this.#socket.on("close", () => this.#close("disconnected"));
	}

	close(reason: string): void {
		this.#close(reason);
	}

	/** The only way in. Nothing that happens here may leave as an exception: it ends the process. */
	#onData(bytes: Buffer): void {
		if (this.#state === "closed") return;
		this.#options.onReceived(bytes.length);
		this.#received += bytes.length;
		try {
			if (this.#state === "asking" && this.#received > limits.mediaHandshakeBytesMax) {
				throw new RtmpRefusal("too much before the publish command");
			}
			const problem = this.#rtmp.parserData(bytes);
			if (problem !== null) throw new RtmpRefusal("malformed");
		} catch (error) {
			this.#refuse(error instanceof RtmpRefusal ? error.message : "malformed");
		}
	}

	#onPublishRequest(key: string): void {
		if (this.#state !== "asking") throw new RtmpRefusal("a second publish");
		const roomId = roomOfKey(key);
		if (roomId === undefined) throw new RtmpRefusal("not a key");
		this.#state = "deciding";
		clearTimeout(this.#handshakeTimer);
		this.#socket.pause();
		// A connection that is closed while this waits is seen once the answer is there.
		this.#decide(roomId, key).catch((error) => this.#refuse(errorType(error) ?? "no answer"));
	}

	async #decide(roomId: string, key: string): Promise<void> {
		const { address, admit } = this.#options;
		const close = () => this.#close("ended");
		const stream = await admit({ roomId, key, address, close });
		this.#stream = stream;
		if (this.#isClosed() || this.#socket.destroyed || stream.isOver) {
			stream.end("disconnected");
			return this.#close("disconnected");
		}
		this.#state = "publishing";
		try {
			this.#rtmp.respondPublish();
			for (const packet of this.#waiting.splice(0)) stream.take(packet);
		} catch {
			return this.#refuse("malformed");
		}
		this.#socket.resume();
	}

	#isClosed(): boolean {
		return this.#state === "closed";
	}

	#onPacket(packet: AVPacket): void {
		if (this.#state === "publishing") this.#stream?.take(packet);
		else if (this.#state === "deciding") this.#waiting.push(copyOf(packet));
		else if (this.#state === "asking") throw new RtmpRefusal("packets before the publish command");
	}

	#answer(bytes: Buffer): void {
		if (this.#state === "closed") return;
		if (this.#socket.writableLength > limits.mediaAnswerBytesMax) {
			throw new RtmpRefusal("answers are not read");
		}
		this.#socket.write(bytes);
	}

	#refuse(reason: string): void {
		if (this.#state === "closed") return;
		this.#options.onRefused(reason);
		if (this.#state === "deciding") this.#rtmp.refusePublish(reason);
		this.#close(reason);
	}

	#close(reason: string): void {
		if (this.#state === "closed") return;
		this.#state = "closed";
		clearTimeout(this.#handshakeTimer);
		this.#waiting.length = 0;
		// Not end(): a client that ignores it would keep the connection, and its place.
		this.#socket.destroySoon();
		this.#socket.resume();
		setTimeout(() => this.#socket.destroy(), farewellMilliseconds).unref();
		this.#stream?.end(reason);
	}
}

/** For the answer that says why, where the client reads it. */
const farewellMilliseconds = 500;

/** The parser uses the bytes of a packet again for the next one. */
function copyOf(packet: AVPacket): AVPacket {
	const data = Buffer.from(packet.data.subarray(0, packet.size));
	return Object.assign(new AVPacket(), packet, { data });
}
