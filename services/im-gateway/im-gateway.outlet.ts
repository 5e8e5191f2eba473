/**
 * The way out to one socket, bounded in bytes. engine.io queues without end for a reader that does
 * not read (figures: docs/adr/0007-sockets.md): here snapshots are left out beyond a first
 * mark, and the socket is closed beyond a second or when nothing drains for seconds.
 */
import type { Socket } from "socket.io";
import type { Batch, Encoded } from "./im-gateway.frames.ts";

export interface OutletBounds {
	/** From here on snapshots and hints are left out. */
	readonly shedBytes: number;
	/** From here on the reader counts as gone. */
	readonly unsentBytesMax: number;
	readonly stalledMillisecondsMax: number;
}

interface QueuedPacket {
	readonly data?: string | Buffer;
	readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
}

/** What we use of an engine.io socket; the rest of it has no types. */
interface Engine {
	readonly readyState: string;
	readonly transport: {
		readonly name: string;
		readonly writable: boolean;
		readonly perMessageDeflate?: unknown;
		readonly socket?: {
			readonly bufferedAmount: number;
			readonly _socket: { write(bytes: Buffer): boolean } | null;
			terminate(): void;
		};
	};
	writeBuffer: QueuedPacket[];
	write(data: string, options?: object): void;
	on(event: "drain", listener: () => void): void;
	close(discard?: boolean): void;
}

/** What became of a write. `full`: nothing was queued, and the reader should go. */
export type Written = "sent" | "shed" | "full";

export class Outlet {
	readonly #engine: Engine;
	readonly #bounds: OutletBounds;
	readonly #now: () => number;
	/** When nothing waited, or what waited could be handed on. */
	#drainedAt: number;

	/** `now` counts milliseconds and never goes back. */
	constructor(socket: Socket, bounds: OutletBounds, now: () => number) {
		this.#engine = socket.conn as unknown as Engine;
		this.#bounds = bounds;
		this.#now = now;
		this.#drainedAt = now();
		// engine.io hands its queue on when the kernel has taken all of what it handed on before.
		this.#engine.on("drain", () => {
			this.#drainedAt = now();
		});
	}

	/** Bytes handed over that the kernel has not taken. */
	get unsentBytes(): number {
		const { writeBuffer, transport } = this.#engine;
		let bytes = transport.socket?.bufferedAmount ?? 0;
		for (const packet of writeBuffer) bytes += bytesOf(packet);
		return bytes;
	}

	write(batch: Batch): Written {
		const { shedBytes, unsentBytesMax } = this.#bounds;
		const unsent = this.unsentBytes;
		const isShort = unsent + batch.whole.frames.length > shedBytes;
		const encoded = isShort ? batch.needed : batch.whole;
		if (unsent + encoded.frames.length > unsentBytesMax) return "full";
		this.#put(encoded);
		return encoded.packets.length < batch.items.length ? "shed" : "sent";
	}

	/** The kernel has taken all that was handed over. */
	get #isIdle(): boolean {
		const { transport, writeBuffer } = this.#engine;
		return transport.writable && writeBuffer.length === 0 && transport.socket?.bufferedAmount === 0;
	}

	/** Whether nothing has drained for too long. Ask regularly: it looks only when asked. */
	isStalled(now: number): boolean {
		const { transport, writeBuffer } = this.#engine;
		const isDrained = writeBuffer.length === 0 && (transport.socket?.bufferedAmount ?? 0) === 0;
		if (isDrained) this.#drainedAt = now;
		return now - this.#drainedAt > this.#bounds.stalledMillisecondsMax;
	}

	/** Drops what waits, so that a last word needs no room behind it. */
	clear(): void {
		this.#engine.writeBuffer = [];
	}

	/** Ends the connection without waiting for the other side. */
	terminate(): void {
		this.#engine.transport.socket?.terminate();
		this.#engine.close(true);
	}

	#put({ packets, frames }: Encoded): void {
		const [first] = packets;
		if (first === undefined || this.#engine.readyState !== "open") return;
		const { name, perMessageDeflate, socket } = this.#engine.transport;
		// Only a WebSocket without compression takes bytes as they are. While a connection is being
		// upgraded its transport is still the old one.
		if (name !== "websocket" || perMessageDeflate) {
			for (const packet of packets) this.#engine.write(packet);
			return;
		}
		if (this.#isIdle && socket?._socket) {
			// Nothing waits, so nothing can be overtaken: the queues, events and callbacks of engine.io
			// and ws, about a third of what a write costs, have nothing to do.
			this.#drainedAt = this.#now();
			socket._socket.write(frames);
			return;
		}
		this.#engine.write(first, { compress: false, wsPreEncodedFrame: [frames] });
	}
}

function bytesOf({ data, options }: QueuedPacket): number {
	const frames = options?.wsPreEncodedFrame;
	if (frames) return frames.reduce((sum, frame) => sum + frame.length, 0);
	return typeof data === "string" ? Buffer.byteLength(data) : (data?.length ?? 0);
}
