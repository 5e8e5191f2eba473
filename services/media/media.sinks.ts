/** The two ways on which a stream leaves. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Errors } from "moleculer";
import type { WebSocket, WebSocketServer } from "ws";
import { limits } from "../../config/limits.ts";
import type { Sink } from "./media.viewer.ts";

const goingAway = 1001;
/** For the other side to answer that it heard of the end. */
const farewellMilliseconds = 500;

/** Until the connection closes: a stream has no length, and chunks would only add writes. */
export function httpSink(response: ServerResponse): Sink | undefined {
	if (response.destroyed || !response.socket) return undefined;
	response.useChunkedEncodingByDefault = false;
	response.shouldKeepAlive = false;
	response.socket.setNoDelay(true);
	response.flushHeaders();
	return {
		write: (bytes) => void response.write(bytes),
		unsentBytes: () => response.writableLength,
		end() {
			response.end();
			setTimeout(() => response.destroy(), farewellMilliseconds).unref();
		},
		destroy: () => void response.destroy()
	};
}

export interface Upgrade {
	readonly request: IncomingMessage;
	readonly socket: Duplex;
	readonly head: Buffer;
}

/** One message per tag. Undefined where the handshake is not one; it is answered then. */
export function socketSink(server: WebSocketServer, upgrade: Upgrade): Sink | undefined {
	let opened: WebSocket | undefined;
	// Calls back at once, or refuses.
	server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (socket) => {
		opened = socket;
	});
	const socket = opened;
	if (!socket) return undefined;
	socket.on("error", () => socket.terminate());
	// Viewers have nothing to say.
	socket.on("message", () => socket.terminate());
	return {
		write(bytes) {
			if (socket.readyState === socket.OPEN) socket.send(bytes, ignore);
		},
		unsentBytes: () => socket.bufferedAmount,
		end() {
			socket.close(goingAway, "ended");
			setTimeout(() => socket.terminate(), farewellMilliseconds).unref();
		},
		destroy: () => socket.terminate()
	};
}

/** A write that fails is told by `close`, too. */
const ignore = () => {};

/** An upgrade has no response object: the answer is written by hand. */
export function refuseUpgrade(socket: Duplex, refusal: Errors.MoleculerClientError): void {
	const { code, type, message } = refusal;
	const body = JSON.stringify({ error: { code: type, message } });
	const retry = code === 503 ? `Retry-After: ${limits.mediaRetryAfterSeconds}\r\n` : "";
	socket.end(
		`HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nConnection: close\r\n${retry}` +
			`Content-Type: application/json; charset=utf-8\r\n` +
			`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
	);
	setTimeout(() => socket.destroy(), farewellMilliseconds).unref();
}
