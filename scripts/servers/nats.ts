/** A local nats-server with JetStream. */
import { randomUUID } from "node:crypto";
import { findProgram } from "./find.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { ask } from "./probe.ts";

export const natsCommand = (): string | undefined => findProgram("nats-server");

/** Starts nats-server with its streams below `dataDir`. */
export function startNats(dataDir: string): Promise<LocalServer> {
	const command = natsCommand();
	if (!command) throw new Error("nats-server is not installed: npm run setup:servers");
	const serverName = randomUUID();
	return startLocalServer({
		name: "nats-server",
		command,
		dataDir,
		arguments: (port) => [
			...["-a", "127.0.0.1", "-p", String(port)],
			...["-n", serverName],
			...["-js", "-sd", dataDir]
		],
		url: (port) => `nats://127.0.0.1:${port}`,
		async ping(port) {
			const answer = await ask({
				port,
				send: 'CONNECT {"verbose":false}\r\nPING\r\n',
				until: /PONG\r\n/
			});
			if (!answer.includes(serverName)) throw new Error("another server has this port");
		}
	});
}
