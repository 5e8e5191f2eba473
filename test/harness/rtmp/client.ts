/**
 * An encoder in pure Node, as well or ill behaved as a test wants: it writes any bytes at any time
 * and may go on after the server hung up.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { until } from "../until.ts";
import { type AmfValue, amf } from "./amf.ts";
import { type Tag, tagsOf } from "./flv.ts";

const handshakeBytes = 1536;
const chunkBytes = 4096;

export interface Message {
	readonly type: number;
	readonly payload: Buffer;
	readonly timestamp?: number;
	/** Chunk stream; 4 unless told. */
	readonly channel?: number;
	readonly chunkBytes?: number;
}

/** A message as chunks: a full header, then continuations. */
export function chunksOf(message: Message): Buffer {
	const { type, payload, timestamp = 0, channel = 4 } = message;
	const size = message.chunkBytes ?? chunkBytes;
	const header = Buffer.alloc(12);
	header[0] = channel;
	header.writeUIntBE(timestamp, 1, 3);
	header.writeUIntBE(payload.length, 4, 3);
	header[7] = type;
	header.writeUInt32LE(1, 8);
	const parts: Buffer[] = [header];
	for (let at = 0; at < payload.length; at += size) {
		if (at > 0) parts.push(Buffer.from([0xc0 | channel]));
		parts.push(payload.subarray(at, at + size));
	}
	return Buffer.concat(parts);
}

export const command = (...values: readonly AmfValue[]): Message => ({
	type: 20,
	payload: amf(...values),
	channel: 3
});

export const setChunkSize = (bytes: number): Message => {
	const payload = Buffer.alloc(4);
	payload.writeUInt32BE(bytes);
	return { type: 1, payload, channel: 2, chunkBytes: 128 };
};

export class RtmpClient {
	readonly socket: Socket;
	/** All that the server answered, as text to search in. */
	answers = "";
	isEnded = false;
	isClosed = false;

	/** `ignoresEnd`: goes on writing when the server says that it is over. */
	constructor(port: number, options: { ignoresEnd?: boolean } = {}) {
		const { ignoresEnd: allowHalfOpen = false } = options;
		this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
		this.socket.on("data", (bytes) => {
			this.answers += bytes.toString("latin1");
		});
		this.socket.on("end", () => {
			this.isEnded = true;
		});
		this.socket.on("error", () => {});
		this.socket.on("close", () => {
			this.isClosed = true;
		});
	}

	raw(bytes: Buffer): void {
		if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes);
	}

	send(message: Message): void {
		this.raw(chunksOf(message));
	}

	async handshake(): Promise<void> {
		if (this.socket.connecting) await once(this.socket, "connect");
		this.raw(Buffer.concat([Buffer.from([3]), Buffer.alloc(handshakeBytes, 1)]));
		await until(() => this.answers.length >= 1 + 2 * handshakeBytes || this.isClosed);
		this.raw(Buffer.alloc(handshakeBytes, 1));
		this.send(setChunkSize(chunkBytes));
	}

	/** As far as the publish command; does not wait for what the server thinks of it. */
	async ask(key: string, app = "live"): Promise<void> {
		await this.handshake();
		this.send(command("connect", 1, { app, tcUrl: `rtmp://127.0.0.1/${app}`, type: "nonprivate" }));
		this.send(command("createStream", 2, null));
		this.send(command("publish", 3, null, key, "live"));
	}

	/** True once the server said yes, false when it hung up or said no. */
	async publish(key: string, app = "live"): Promise<boolean> {
		await this.ask(key, app);
		const isYes = () => this.answers.includes("NetStream.Publish.Start");
		const isNo = () => this.answers.includes("BadName") || this.isClosed || this.isEnded;
		await until(() => isYes() || isNo());
		return isYes() && !isNo();
	}

	tag({ type, payload, timestamp }: Tag): void {
		this.send({ type, payload, timestamp, channel: type === 8 ? 4 : 6 });
	}

	/** A short piece of video. `mark` stands in each frame, so that a viewer can tell whose it is. */
	show(mark: string, options: { frames?: number; from?: number } = {}): void {
		for (const tag of tagsOf(mark, options)) this.tag(tag);
	}

	/** What `kill -9` of an encoder looks like from outside, or a lost network when it is not. */
	destroy(): void {
		this.socket.destroy();
	}
}
