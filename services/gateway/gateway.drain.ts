/** How the HTTP server of an edge ends without cutting anybody off. */
import type { Server } from "node:http";
import { Server as TcpServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../config/limits.ts";

const pollMilliseconds = 10;

/**
 * Takes no new connections, and ends those that are there with their next answer. One that is idle
 * now may have a request on its way: closed at once, that would be cut off. Whoever sent nothing
 * for `limits.drainIdleMillisecondsMax` is closed then.
 */
export async function drainServer(server: Server): Promise<void> {
	server.prependListener("request", (_request, response) => {
		response.shouldKeepAlive = false;
	});
	// The close() of an HTTP server would end idle connections too.
	TcpServer.prototype.close.call(server);
	const deadline = performance.now() + limits.drainIdleMillisecondsMax;
	while (performance.now() < deadline && (await connectionsOf(server)) > 0) {
		await sleep(pollMilliseconds);
	}
	server.closeIdleConnections();
}

const connectionsOf = (server: Server): Promise<number> =>
	new Promise((resolve, reject) => {
		server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
	});
