/**
 * Messages as bytes, made once for all sockets of a node: ordinary socket.io packets, and the
 * WebSocket frames of several of them in one buffer, so that a room costs one write per socket
 * however many lines it holds. Any socket.io client reads them.
 */
export interface Item {
	readonly reliable: boolean;
	/** Its place in the log of a room: left out, it would be a hole that nobody is told of. */
	readonly offset?: number | undefined;
	/** The envelope, encoded. */
	readonly json: string;
}

/** What goes out to a socket in one write. */
export interface Encoded {
	/** socket.io packets, for transports that are not a plain WebSocket. */
	readonly packets: readonly string[];
	readonly frames: Buffer;
}

/** `socket.emit("message", envelope)` as socket.io would encode it. */
const packetOf = (json: string): string => `2["message",${json}]`;

/** Items for many sockets; what must not be shed can also be had alone. */
export class Batch {
	readonly items: readonly Item[];
	#whole: Encoded | undefined;
	#needed: Encoded | undefined;

	constructor(items: readonly Item[]) {
		this.items = items;
	}

	get whole(): Encoded {
		this.#whole ??= encode(this.items);
		return this.#whole;
	}

	/** Without what a slow reader may miss: snapshots and hints. */
	get needed(): Encoded {
		this.#needed ??= encode(
			this.items.filter(({ reliable, offset }) => reliable || offset !== undefined)
		);
		return this.#needed;
	}
}

function encode(items: readonly Item[]): Encoded {
	const packets = items.map(({ json }) => packetOf(json));
	return { packets, frames: Buffer.concat(packets.map((packet) => textFrame(`4${packet}`))) };
}

const finText = 0x81;

/** One unmasked text frame, as a server sends it (RFC 6455, 5.2). */
export function textFrame(text: string): Buffer {
	const bytes = Buffer.byteLength(text);
	const head = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
	const frame = Buffer.allocUnsafe(head + bytes);
	frame[0] = finText;
	if (head === 2) frame[1] = bytes;
	else if (head === 4) {
		frame[1] = 126;
		frame.writeUInt16BE(bytes, 2);
	} else {
		frame[1] = 127;
		frame.writeBigUInt64BE(BigInt(bytes), 2);
	}
	frame.write(text, head);
	return frame;
}
