/**
 * moleculer-io, mounted on the HTTP server of this node's `gateway`, with its defaults made safe.
 * What is overridden here, and why, is listed in docs/adr/0007-sockets.md.
 */
import type { Server as HttpServer } from "node:http";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import moleculerIo from "moleculer-io";
import { Server, type Socket } from "socket.io";
import { limits } from "../../config/limits.ts";
import type { Mixin } from "../../lib/service.ts";

export interface IoMembers {
	readonly io: Server;
}

/** What the service that mixes this in must have. */
interface Host {
	readonly broker: ServiceBroker;
	io: Server;
	connected(socket: Socket): void;
	called(socket: Socket, values: unknown[]): void;
}

export function sockets(): Mixin<IoMembers> {
	return {
		mixins: [moleculerIo] as unknown as Partial<ServiceSchema>[],
		// Functions cannot travel in the registry, and nobody else needs these.
		settings: { $secureSettings: ["io"] },
		// Merging would bring the library's own `call` back, which calls anything.
		merged(schema: ServiceSchema) {
			const events = {
				call(this: Socket & { $service: Host }, ...values: unknown[]) {
					this.$service.called(this, values);
				}
			};
			const namespaces = { "/": { authorization: true, events } };
			Object.assign(schema.settings as object, { server: false, io: { namespaces } });
		},
		methods: {
			/** Overrides moleculer-io, which would listen on a port of its own. */
			initSocketIO(this: Host) {
				this.io = new Server(serverOf(this.broker), {
					maxHttpBufferSize: limits.socketFrameBytesMax,
					connectTimeout: limits.socketConnectMillisecondsMax,
					pingInterval: limits.socketPingMilliseconds,
					pingTimeout: limits.socketPongMillisecondsMax,
					serveClient: false,
					perMessageDeflate: false
				});
				// Before the library's: a socket is known here before it can call.
				this.io.of("/").on("connection", (socket) => this.connected(socket));
			},
			/** Overrides moleculer-io: `socket.data` says who a socket is, and nothing changes it. */
			socketSaveUser() {}
		}
	} as unknown as Mixin<IoMembers>;
}

function serverOf(broker: ServiceBroker): HttpServer {
	const gateway = broker.getLocalService("gateway") as unknown as
		| { readonly server?: HttpServer }
		| undefined;
	if (!gateway?.server) throw new Error("im-gateway needs a gateway in its own process.");
	return gateway.server;
}

/*
 * The library's own actions: any service could call as any socket, or write to all of them.
 */
export const libraryActions = { call: false, broadcast: false, getClients: false };
