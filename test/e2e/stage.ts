/** The platforms that tests of the whole may break: in one process, and as a cluster of its own. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { inject } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { natsCommand, startNats } from "../../scripts/servers/nats.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import {
	createDatabase,
	type RunningPlatform,
	startCluster,
	startEmbedded
} from "../harness/platforms.ts";

/** As much of a platform as who looks at its pages needs. */
export interface Place {
	readonly edges: readonly string[];
	stop(): Promise<void>;
}

/** A platform that a test may break. */
export interface OwnPlatform extends RunningPlatform {
	/** Its database, to look into the books; whoever opens it closes it. */
	openBooks(): Sql;
}

export interface Shape<P extends Place = OwnPlatform> {
	readonly name: "embedded" | "cluster";
	readonly available: boolean;
	start(folder: string): Promise<P>;
}

const servers = inject("servers");
const hasServers =
	servers.mysqlReplicaUrl !== undefined &&
	natsCommand() !== undefined &&
	redisCommand() !== undefined;

export const shapes: readonly Shape[] = [
	{ name: "embedded", available: true, start: startOwnEmbedded },
	{ name: "cluster", available: hasServers, start: startOwnCluster }
];

async function startOwnEmbedded(folder: string): Promise<OwnPlatform> {
	return { ...(await startEmbedded(folder)), openBooks: () => booksOf({ DATA_DIR: folder }) };
}

const booksOf = (variables: Readonly<Record<string, string>>): Sql =>
	openSql(loadEnv({ NODE_ENV: "test", ...variables }));

/** The bus and Redis are its own: near tests publish on theirs what nodes would take for real. */
async function startOwnCluster(folder: string): Promise<OwnPlatform> {
	const [nats, redis, database] = await Promise.all([
		startNats(join(folder, "nats")),
		startRedis(join(folder, "redis")),
		createDatabase(servers, `e2e_${randomBytes(4).toString("hex")}`)
	]);
	const urls = { natsUrl: nats.url, redisUrl: redis.url, ...database };
	const cluster = await startCluster({ folder, servers: urls });
	return {
		...cluster,
		openBooks: () => booksOf({ DATA_DIR: folder, MYSQL_URL: database.mysqlUrl }),
		async stop() {
			await cluster.stop();
			await Promise.all([nats.stop(), redis.stop()]);
		}
	};
}
