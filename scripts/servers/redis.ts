/** A local redis-server that keeps its data in an append-only file. */
import { findProgram } from "./find.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { ask } from "./probe.ts";

/** Enough for every test of a run to have a database of its own; an empty one costs about 1 KB. */
const databases = 4096;

export const redisCommand = (): string | undefined => findProgram("redis-server", "valkey-server");

/** Starts redis-server with its data in `dataDir`. */
export function startRedis(dataDir: string): Promise<LocalServer> {
	const command = redisCommand();
	if (!command) throw new Error("redis-server is not installed: npm run setup:servers");
	return startLocalServer({
		name: "redis-server",
		command,
		dataDir,
		arguments: (port) => [
			...["--bind", "127.0.0.1", "--port", String(port)],
			...["--dir", dataDir, "--appendonly", "yes", "--save", ""],
			...["--databases", String(databases)]
		],
		url: (port) => `redis://127.0.0.1:${port}`,
		async ping(port, pid) {
			// INFO is refused while the data is being loaded.
			const answer = await ask({ port, send: "INFO server\r\n", until: /^-|\r\n\r\n$/ });
			if (!answer.includes(`process_id:${pid}\r\n`)) throw new Error(answer.slice(0, 100));
		}
	});
}
