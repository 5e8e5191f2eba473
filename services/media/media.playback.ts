/**
 * Listens for viewers: FLV over HTTP and over a WebSocket, on one port. All that a viewer may say
 * stands in the address; what comes after it is not read.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Errors } from "moleculer";
import { WebSocketServer } from "ws";
import { limits } from "../../config/limits.ts";
import { plainAddress } from "../../lib/addresses.ts";
import type { MediaBounds } from "./media.bounds.ts";
import { Connections } from "./media.connections.ts";
import { mediaErrors } from "./media.errors.ts";
import { isOurOrigin, mayPlay, roomOfPath } from "./media.rules.ts";
import { httpSink, refuseUpgrade, socketSink } from "./media.sinks.ts";
import type { Stream } from "./media.stream.ts";
import { type Sink, Viewer } from "./media.viewer.ts";

export interface PlaybackOptions {
	readonly host: string;
	/** 0: any free one. */
	readonly port: number;
	readonly bounds: MediaBounds;
	readonly playKey: Buffer;
	readonly allowedOrigins: ReadonlySet<string>;
	isTrusted(address: string): boolean;
	find(roomId: string): Stream | undefined;
	now(): number;
	onSent(bytes: number): void;
}

type Refusal = Errors.MoleculerClientError;

export class Playback {
	readonly #options: PlaybackOptions;
	readonly #server: Server;
	readonly #sockets: WebSocketServer;
	readonly #viewers: Connections;
	/** Those that ask for nothing count, too: twice the viewers is room enough. */
	readonly #connections: Connections;
	#isClosing = false;

	constructor(options: PlaybackOptions) {
		this.#options = options;
		const { viewersMax, viewersPerAddressMax, requestMilliseconds } = options.bounds;
		const { isTrusted } = options;
		this.#viewers = new Connections(viewersMax, viewersPerAddressMax, isTrusted);
		this.#connections = new Connections(viewersMax * 2, viewersPerAddressMax * 2, isTrusted);
		this.#server = createServer(
			{
				headersTimeout: requestMilliseconds,
				requestTimeout: requestMilliseconds,
				connectionsCheckingInterval: Math.min(1_000, requestMilliseconds / 2),
				keepAliveTimeout: requestMilliseconds,
				maxHeaderSize: limits.headerBytesMax
			},
			(request, response) => this.#onRequest(request, response)
		);
		this.#server.maxRequestsPerSocket = 100;
		this.#server.on("connection", (socket) => {
			const leave = this.#connections.enter(plainAddress(socket.remoteAddress ?? ""));
			if (leave) socket.on("close", leave);
			else socket.destroy();
		});
		this.#server.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
		this.#server.on("clientError", (_error, socket) => socket.destroy());
		this.#sockets = new WebSocketServer({
			noServer: true,
			clientTracking: false,
			perMessageDeflate: false,
			maxPayload: limits.mediaSocketMessageBytesMax
		});
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	/** Throws when the port is taken. */
	async listen(): Promise<void> {
		this.#server.listen(this.#options.port, this.#options.host);
		await once(this.#server, "listening");
		this.#server.on("error", () => {});
	}

	#onRequest(request: IncomingMessage, response: ServerResponse): void {
		response.on("error", () => {});
		request.on("error", () => {});
		const { origin } = request.headers;
		response.setHeader("Cache-Control", "no-store");
		response.setHeader("X-Content-Type-Options", "nosniff");
		response.setHeader("Vary", "Origin");
		const judged = this.#judge(request);
		if (origin !== undefined && this.#isOurs(request)) {
			response.setHeader("Access-Control-Allow-Origin", origin);
		}
		if ("refusal" in judged) {
			answerRefusal(response, judged.refusal);
			return;
		}
		response.setHeader("Content-Type", "video/x-flv");
		if (request.method === "HEAD") {
			response.end();
			return;
		}
		this.#join(judged.stream, {
			address: addressOf(request),
			sink: () => httpSink(response),
			refuse: (refusal) => answerRefusal(response, refusal),
			onClose: (left) => response.on("close", left)
		});
	}

	#onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
		socket.on("error", () => {});
		const judged = this.#judge(request);
		if ("refusal" in judged) {
			refuseUpgrade(socket, judged.refusal);
			return;
		}
		this.#join(judged.stream, {
			address: addressOf(request),
			refuse: (refusal) => refuseUpgrade(socket, refusal),
			onClose: (left) => socket.on("close", left),
			sink: () => socketSink(this.#sockets, { request, socket, head })
		});
	}

	/** In this order: what a stranger may learn comes last. */
	#judge(request: IncomingMessage): { stream: Stream } | { refusal: Refusal } {
		const { playKey, find } = this.#options;
		const [path = "", text = ""] = (request.url ?? "").split("?");
		const roomId = roomOfPath(path);
		if (roomId === undefined) return { refusal: mediaErrors.STREAM_NOT_FOUND() };
		if (request.method !== "GET" && request.method !== "HEAD") {
			return { refusal: mediaErrors.METHOD_NOT_ALLOWED() };
		}
		if (request.headers.origin !== undefined && !this.#isOurs(request)) {
			return { refusal: mediaErrors.ORIGIN_NOT_ALLOWED() };
		}
		const now = Date.now() / 1_000;
		if (!mayPlay(playKey, { roomId, query: new URLSearchParams(text), now })) {
			return { refusal: mediaErrors.PLAY_NOT_ALLOWED() };
		}
		if (this.#isClosing) return { refusal: mediaErrors.NODE_STOPPING() };
		const stream = find(roomId);
		return stream ? { stream } : { refusal: mediaErrors.STREAM_NOT_FOUND() };
	}

	#isOurs({ headers }: IncomingMessage): boolean {
		return isOurOrigin(headers.origin ?? "", headers.host, this.#options.allowedOrigins);
	}

	#join(stream: Stream, seat: Seat): void {
		const { bounds, now, onSent } = this.#options;
		const leave = this.#viewers.enter(seat.address);
		if (!leave) {
			seat.refuse(mediaErrors.NODE_FULL());
			return;
		}
		seat.onClose(leave);
		const sink = seat.sink();
		if (!sink) {
			leave();
			return;
		}
		const viewer = new Viewer({ sink, bounds, now, onSent });
		seat.onClose(() => {
			viewer.destroy();
			stream.leave(viewer);
		});
		stream.join(viewer);
	}

	/** Takes no more viewers. Those that are there end with their streams, or after a moment. */
	async close(): Promise<void> {
		this.#isClosing = true;
		if (!this.#server.listening) return;
		const closed = once(this.#server, "close");
		this.#server.close();
		const late = setTimeout(() => this.#server.closeAllConnections(), farewellMilliseconds);
		await closed;
		clearTimeout(late);
		this.#sockets.close();
	}
}

const farewellMilliseconds = 1_000;

/** Where a viewer sits, whatever it came by. */
interface Seat {
	readonly address: string;
	/** Opens the way to the viewer; undefined when there is none any more. */
	sink(): Sink | undefined;
	refuse(refusal: Refusal): void;
	onClose(left: () => void): void;
}

const addressOf = (request: IncomingMessage): string =>
	plainAddress(request.socket.remoteAddress ?? "");

function answerRefusal(response: ServerResponse, refusal: Refusal): void {
	if (refusal.code === 503) response.setHeader("Retry-After", limits.mediaRetryAfterSeconds);
	response.setHeader("Content-Type", "application/json; charset=utf-8");
	response.statusCode = refusal.code;
	response.end(JSON.stringify({ error: { code: refusal.type, message: refusal.message } }));
}
