/** The platforms that tests of the whole may break: in one process, and as a cluster of its own. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { inject } from "vitest";
import { natsCommand, startNats } from "../../scripts/servers/nats.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import {
	createDatabase,
	type RunningPlatform,
	startCluster,
	startEmbedded
} from "../harness/platforms.ts";

export interface Shape {
	readonly name: "embedded" | "cluster";
	readonly available: boolean;
	/** A platform that a test may break. */
	start(folder: string): Promise<RunningPlatform>;
}

const servers = inject("servers");
const hasServers =
	servers.mysqlReplicaUrl !== undefined &&
	natsCommand() !== undefined &&
	redisCommand() !== undefined;

export const shapes: readonly Shape[] = [
	{ name: "embedded", available: true, start: (folder) => startEmbedded(folder) },
	{ name: "cluster", available: hasServers, start: startOwnCluster }
];

/** The bus and Redis are its own: near tests publish on theirs what nodes would take for real. */
async function startOwnCluster(folder: string): Promise<RunningPlatform> {
	const [nats, redis, database] = await Promise.all([
		startNats(join(folder, "nats")),
		startRedis(join(folder, "redis")),
		createDatabase(servers, `e2e_${randomBytes(4).toString("hex")}`)
	]);
	const urls = { natsUrl: nats.url, redisUrl: redis.url, ...database };
	const cluster = await startCluster({ folder, servers: urls });
	return {
		...cluster,
		async stop() {
			await cluster.stop();
			await Promise.all([nats.stop(), redis.stop()]);
		}
	};
}
