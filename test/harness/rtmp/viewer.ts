/** Viewers that keep what they get, or do not read at all. */
import { get, type IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { until } from "../until.ts";
import { readFlv, type Tag } from "./flv.ts";

export interface Watching {
	/** The HTTP status; 101 for an opened WebSocket, 0 while there is none. */
	status(): number;
	headers(): IncomingMessage["headers"];
	bytes(): Buffer;
	tags(): Tag[];
	isClosed(): boolean;
	close(): void;
}

interface State {
	status: number;
	headers: IncomingMessage["headers"];
	chunks: Buffer[];
	isClosed: boolean;
}

const watching = (state: State, close: () => void): Watching => ({
	status: () => state.status,
	headers: () => state.headers,
	bytes: () => Buffer.concat(state.chunks),
	tags: () => readFlv(Buffer.concat(state.chunks)),
	isClosed: () => state.isClosed,
	close
});

const fresh = (): State => ({ status: 0, headers: {}, chunks: [], isClosed: false });

/** Resolves with the head of the answer. */
export async function watchHttp(
	url: string,
	headers: Record<string, string> = {}
): Promise<Watching> {
	const state = fresh();
	const over = () => {
		state.isClosed = true;
	};
	const request = get(url, { headers, agent: false }, (response) => {
		state.status = response.statusCode ?? 0;
		state.headers = response.headers;
		response.on("data", (chunk: Buffer) => state.chunks.push(chunk));
		response.on("error", over);
		response.on("close", over);
	});
	request.on("error", over);
	request.on("close", over);
	await until(() => state.status > 0 || state.isClosed);
	return watching(state, () => request.destroy());
}

export async function watchSocket(
	url: string,
	headers: Record<string, string> = {}
): Promise<Watching> {
	const state = fresh();
	const socket = new WebSocket(url.replace(/^http/, "ws"), { headers, perMessageDeflate: false });
	socket.on("open", () => {
		state.status = 101;
	});
	socket.on("unexpected-response", (_request, response) => {
		state.status = response.statusCode ?? 0;
		state.headers = response.headers;
		socket.terminate();
	});
	socket.on("message", (data: Buffer) => state.chunks.push(data));
	socket.on("error", () => {});
	socket.on("close", () => {
		state.isClosed = true;
	});
	await until(() => state.status > 0 || state.isClosed);
	return watching(state, () => socket.terminate());
}
