/** The servers of a local cluster: those that the environment names, and our own children else. */
import { join } from "node:path";
import type { Env } from "../../config/env.ts";
import { startMariaDbPair } from "../servers/mariadb.ts";
import { startNats } from "../servers/nats.ts";
import { missingPrograms } from "../servers/programs.ts";
import { startRedis } from "../servers/redis.ts";

/** Variables that make a node use these servers. */
export type ServerVariables = Readonly<
	Record<"NATS_URL" | "REDIS_URL" | "MYSQL_URL" | "MYSQL_REPLICA_URL", string>
>;

export interface ClusterServers {
	readonly variables: ServerVariables;
	stop(): Promise<void>;
}

interface Started {
	readonly variables: Partial<ServerVariables>;
	stop(): Promise<void>;
}

const external = (variables: Partial<ServerVariables>): Started => ({
	variables,
	stop: async () => {}
});

/** Starts what is not given by a URL; data under `DATA_DIR/servers`. */
export async function startServers(env: Env): Promise<ClusterServers> {
	const folder = join(env.dataDir, "servers");
	const needed = [
		!env.natsUrl && "nats-server",
		!env.redisUrl && "redis-server",
		!env.mysqlUrl && "mariadbd"
	];
	const missing = missingPrograms().filter(({ name }) => needed.includes(name));
	if (missing.length > 0) {
		const packages = missing.map(({ aptPackage }) => aptPackage).join(" ");
		throw new Error(
			`The cluster needs ${packages}: npm run setup:servers installs them, ` +
				"or name running ones by NATS_URL, REDIS_URL, MYSQL_URL."
		);
	}
	const results = await Promise.allSettled([
		nats(env, folder),
		redis(env, folder),
		mysql(env, folder)
	]);
	const started = results.flatMap((result) =>
		result.status === "fulfilled" ? [result.value] : []
	);
	const stop = async () => {
		await Promise.all(started.map((server) => server.stop()));
	};
	const failed = results.find((result) => result.status === "rejected");
	if (failed) {
		await stop();
		throw failed.reason;
	}
	const variables = Object.assign({}, ...started.map((server) => server.variables));
	return { variables, stop };
}

async function nats(env: Env, folder: string): Promise<Started> {
	if (env.natsUrl) return external({ NATS_URL: env.natsUrl });
	const server = await startNats(join(folder, "nats"));
	return { variables: { NATS_URL: server.url }, stop: () => server.stop() };
}

async function redis(env: Env, folder: string): Promise<Started> {
	if (env.redisUrl) return external({ REDIS_URL: env.redisUrl });
	const server = await startRedis(join(folder, "redis"));
	return { variables: { REDIS_URL: server.url }, stop: () => server.stop() };
}

async function mysql(env: Env, folder: string): Promise<Started> {
	if (env.mysqlUrl) {
		const replica = env.mysqlReplicaUrl ? { MYSQL_REPLICA_URL: env.mysqlReplicaUrl } : {};
		return external({ MYSQL_URL: env.mysqlUrl, ...replica });
	}
	const pair = await startMariaDbPair({ dataDir: folder, database: "live_commerce" });
	return {
		variables: { MYSQL_URL: pair.primary.url, MYSQL_REPLICA_URL: pair.replica.url },
		stop: () => pair.stop()
	};
}
