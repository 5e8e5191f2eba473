/** Real processes for gifts: an edge, what it needs, two nodes of money, servers of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnv } from "../../../config/env.ts";
import { openSql, type Sql } from "../../../mixins/sql/index.ts";
import { migrateAll } from "../../../scripts/migrate.ts";
import type { LocalServer } from "../../../scripts/servers/local-server.ts";
import { startMariaDbPair } from "../../../scripts/servers/mariadb.ts";
import { startNats } from "../../../scripts/servers/nats.ts";
import { freePort } from "../../../scripts/servers/ports.ts";
import { startRedis } from "../../../scripts/servers/redis.ts";
import { type NodeProcess, startProcess } from "../../harness/platforms.ts";

export interface MoneyStage {
	readonly edge: string;
	readonly mariadb: LocalServer;
	readonly db: Sql;
	/** Starts a node of money, the first time or again. */
	startMoney(name: string): NodeProcess;
	/** A script of ours against the same database; how it ended and what it wrote. */
	run(script: string): Promise<{ code: number | null; log: string }>;
	stop(): Promise<void>;
}

const quiet = { NODE_ENV: "test", LOG_LEVEL: "fatal", RATE_LIMITS: "off", DEMO: "0" };

/** Back when the processes are started, not when they answer. */
export async function moneyStage(): Promise<MoneyStage> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-money-"));
	const closing: (() => unknown)[] = [
		() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
	];
	const stop = async () => {
		for (const close of closing.splice(0).reverse()) await close();
	};
	try {
		const shared = await startServers(folder, closing);
		const { variables } = shared;
		await migrateAll(loadEnv({ ...variables, DATA_DIR: folder }));
		const db = openSql(loadEnv({ ...variables, DATA_DIR: folder }));
		closing.push(() => db.close());
		const start = (name: string, role: string, port = 0) => {
			const own = { ...variables, ROLE: role, PORT: String(port), RTMP_PORT: "0", MEDIA_PORT: "0" };
			const node = startProcess({ name, script: "scripts/node.ts", folder, variables: own });
			closing.push(() => node.stop());
			return node;
		};
		const port = await freePort();
		start("edge", "edge", port);
		for (const role of ["core", "live"]) start(role, role);
		return {
			...{ edge: `http://127.0.0.1:${port}`, db, mariadb: shared.mariadb, stop },
			startMoney: (name) => start(name, "money"),
			async run(script) {
				const child = startProcess({ name: "script", script, folder, variables });
				await child.gone;
				return { code: await child.stop(), log: child.log() };
			}
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

async function startServers(folder: string, closing: (() => unknown)[]) {
	const nats = await startNats(join(folder, "nats"));
	closing.push(() => nats.stop());
	const redis = await startRedis(join(folder, "redis"));
	closing.push(() => redis.stop());
	const pair = await startMariaDbPair({ dataDir: folder, database: "money", small: true });
	closing.push(() => pair.stop());
	// All is read from the primary here; following it would only cost time.
	await pair.replica.stop();
	const urls = { NATS_URL: nats.url, REDIS_URL: redis.url, MYSQL_URL: pair.primary.url };
	return { variables: { ...quiet, ...urls }, mariadb: pair.primary };
}
