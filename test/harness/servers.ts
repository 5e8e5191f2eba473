/** Real servers for the suites that need them: children of the test run, never anybody else's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeLater } from "../../scripts/servers/guard.ts";
import { mariaDbCommand, startMariaDbPair } from "../../scripts/servers/mariadb.ts";
import { natsCommand, startNats } from "../../scripts/servers/nats.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";

/** Where the servers of this run listen; absent when the program is not installed. */
export interface ServerUrls {
	readonly natsUrl?: string;
	readonly redisUrl?: string;
	/** The account of the platform. Its database is `test`; suites make their own. */
	readonly mysqlUrl?: string;
	readonly mysqlReplicaUrl?: string;
	/** Accounts that may do everything, to stop and start replication. */
	readonly mysqlAdminUrl?: string;
	readonly mysqlReplicaAdminUrl?: string;
}

declare module "vitest" {
	interface ProvidedContext {
		servers: ServerUrls;
	}
}

interface Stoppable {
	stop(): Promise<void>;
}

/** Starts all that is installed, at once, with data in a new folder that goes with `stop`. */
export async function startServers(): Promise<{ urls: ServerUrls; stop(): Promise<void> }> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-test-"));
	removeLater(folder);
	const urls: { -readonly [K in keyof ServerUrls]: ServerUrls[K] } = {};
	const running: Stoppable[] = [];
	const stop = async (): Promise<void> => {
		await Promise.all(running.map((server) => server.stop()));
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	};
	const nats = async (): Promise<void> => {
		const server = await startNats(join(folder, "nats"));
		running.push(server);
		urls.natsUrl = server.url;
	};
	const redis = async (): Promise<void> => {
		const server = await startRedis(join(folder, "redis"));
		running.push(server);
		urls.redisUrl = server.url;
	};
	const mariadb = async (): Promise<void> => {
		const pair = await startMariaDbPair({ dataDir: folder, database: "test", small: true });
		running.push(pair);
		urls.mysqlUrl = pair.primary.url;
		urls.mysqlReplicaUrl = pair.replica.url;
		urls.mysqlAdminUrl = pair.primary.adminUrl;
		urls.mysqlReplicaAdminUrl = pair.replica.adminUrl;
	};
	const results = await Promise.allSettled([
		natsCommand() && nats(),
		redisCommand() && redis(),
		mariaDbCommand() && mariadb()
	]);
	const failure = results.find((result) => result.status === "rejected");
	if (!failure) return { urls, stop };
	await stop();
	throw failure.reason;
}
