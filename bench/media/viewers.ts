/** Viewers that read and forget: HTTP-FLV for ours, RTMP for nginx. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Viewers {
	/** Bytes that all of them have got. */
	bytes(): number;
	close(): void;
}

type Open = () => Socket;

export async function openViewers(count: number, open: Open): Promise<Viewers> {
	let bytes = 0;
	const sockets = Array.from({ length: count }, open);
	for (const socket of sockets) {
		socket.on("data", (chunk: Buffer) => {
			bytes += chunk.length;
		});
		socket.on("error", () => {});
	}
	await Promise.all(sockets.map((socket) => once(socket, "data")));
	return {
		bytes: () => bytes,
		close() {
			for (const socket of sockets) socket.destroy();
		}
	};
}

export const flvViewer =
	(url: string): Open =>
	() => {
		const { hostname, port, pathname, search } = new URL(url);
		const socket = connect(Number(port), hostname);
		socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
		return socket;
	};

const handshakeBytes = 1536;

export const rtmpViewer =
	(port: number, name: string): Open =>
	() => {
		const socket = connect(port, "127.0.0.1");
		socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * handshakeBytes, 1)]));
		const app = [
			3,
			...field("app", text("live")),
			...field("tcUrl", text("rtmp://a/live")),
			0,
			0,
			9
		];
		socket.write(command(0, [...text("connect"), ...number(1), ...app]));
		socket.write(command(0, [...text("createStream"), ...number(2), 5]));
		socket.write(command(1, [...text("play"), ...number(3), 5, ...text(name)]));
		return socket;
	};

const short = (value: string): number[] => [0, value.length, ...Buffer.from(value)];
const text = (value: string): number[] => [2, ...short(value)];
const field = (name: string, value: number[]): number[] => [...short(name), ...value];

function number(value: number): number[] {
	const bytes = Buffer.alloc(9);
	bytes.writeDoubleBE(value, 1);
	return [...bytes];
}

/** One message below the size of a chunk, which is 128 bytes. */
const command = (stream: number, payload: readonly number[]): Buffer =>
	Buffer.from([3, 0, 0, 0, 0, 0, payload.length, 20, stream, 0, 0, 0, ...payload]);
