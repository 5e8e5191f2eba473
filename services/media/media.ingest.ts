/** Listens for encoders. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { plainAddress } from "../../lib/addresses.ts";
import type { MediaBounds } from "./media.bounds.ts";
import { Connections } from "./media.connections.ts";
import { Publisher, type PublisherOptions } from "./media.publisher.ts";

export interface IngestOptions
	extends Pick<PublisherOptions, "admit" | "onReceived" | "onRefused"> {
	readonly host: string;
	/** 0: any free one. */
	readonly port: number;
	readonly bounds: MediaBounds;
	/** PEM files: RTMPS instead of RTMP. */
	readonly tls?: { readonly certFile: string; readonly keyFile: string };
	isTrusted(address: string): boolean;
}

/** Throws when a file of the certificate cannot be read. */
function serverOf({ tls, bounds }: IngestOptions, onConnection: (socket: Socket) => void): Server {
	if (!tls) return createServer(onConnection);
	const server = createTlsServer(
		{
			cert: readFileSync(tls.certFile),
			key: readFileSync(tls.keyFile),
			minVersion: "TLSv1.2",
			handshakeTimeout: bounds.handshakeMilliseconds
		},
		onConnection
	);
	// Those in the middle of a TLS handshake are no publishers yet, and count here only.
	server.maxConnections = 2 * bounds.publishersMax;
	return server;
}

export class Ingest {
	readonly #options: IngestOptions;
	readonly #server: Server;
	readonly #connections: Connections;
	readonly #publishers = new Set<Publisher>();

	constructor(options: IngestOptions) {
		this.#options = options;
		const { publishersMax, publishersPerAddressMax } = options.bounds;
		this.#connections = new Connections(publishersMax, publishersPerAddressMax, options.isTrusted);
		this.#server = serverOf(options, (socket) => this.#onConnection(socket));
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	get connections(): number {
		return this.#connections.total;
	}

	/** Throws when the port is taken. */
	async listen(): Promise<void> {
		this.#server.listen(this.#options.port, this.#options.host);
		await once(this.#server, "listening");
		// Out of file descriptors, say: the next connection may work again.
		this.#server.on("error", () => {});
	}

	#onConnection(socket: Socket): void {
		const address = plainAddress(socket.remoteAddress ?? "");
		const leave = this.#connections.enter(address);
		if (!leave) {
			this.#options.onRefused("too many connections");
			socket.destroy();
			return;
		}
		const publisher = new Publisher({ ...this.#options, socket, address });
		this.#publishers.add(publisher);
		socket.on("close", () => {
			leave();
			this.#publishers.delete(publisher);
		});
	}

	/** Takes no more encoders and lets go of those that are there. */
	async close(reason: string): Promise<void> {
		if (!this.#server.listening) return;
		const closed = once(this.#server, "close");
		this.#server.close();
		for (const publisher of this.#publishers) publisher.close(reason);
		await closed;
	}
}
