/**
 * The stores that a suite runs on, each opened empty:
 *
 * ```ts
 * for (const backend of sqlBackends) {
 * 	describe.skipIf(!backend.available)(`users.model on ${backend.name}`, () => { … });
 * }
 * ```
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { type Env, loadEnv } from "../../config/env.ts";
import { query } from "../../scripts/servers/mariadb.ts";
import { ask } from "../../scripts/servers/probe.ts";
import { until } from "./until.ts";

export interface Opened {
	/** For `startBroker({ env })`: every port is 0, nothing is written to the log but disasters. */
	readonly env: Env;
	/** Drops what was opened. Close the broker first. */
	close(): Promise<void>;
}

export interface OpenOptions {
	/** More environment variables, by their names: `{ RATE_LIMITS: "off" }`. */
	readonly variables?: Readonly<Record<string, string>>;
	/** MariaDB: read from the replica too. It lags, as in real life. */
	readonly replica?: boolean;
}

export interface Backend<Name extends string> {
	readonly name: Name;
	/** False when its server is not installed: the suite is then skipped and named at the end. */
	readonly available: boolean;
	open(options?: OpenOptions): Promise<Opened>;
}

const servers = inject("servers");

/** Where the truth lies. */
export const sqlBackends: readonly Backend<"sqlite" | "mariadb">[] = [
	{ name: "sqlite", available: true, open: async (options) => embedded(options) },
	{ name: "mariadb", available: servers.mysqlUrl !== undefined, open: openMariaDb }
];

/** Where fast state lies. Each opening of `redis` has a logical database of its own. */
export const storeBackends: readonly Backend<"memory" | "redis">[] = [
	{ name: "memory", available: true, open: async (options) => embedded(options) },
	{ name: "redis", available: servers.redisUrl !== undefined, open: openRedis }
];

/** The environment of a test: an empty data folder, free ports, a silent log. */
export function testEnv(dataDir: string, variables: Readonly<Record<string, string>> = {}): Env {
	return loadEnv({
		NODE_ENV: "test",
		LOG_LEVEL: "fatal",
		DATA_DIR: dataDir,
		PORT: "0",
		RTMP_PORT: "0",
		MEDIA_PORT: "0",
		SANDBOX_PORT: "0",
		...variables
	});
}

function embedded(options: OpenOptions = {}): Opened {
	const dataDir = mkdtempSync(join(tmpdir(), "live-commerce-data-"));
	return {
		env: testEnv(dataDir, options.variables),
		close: async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
	};
}

async function openMariaDb(options: OpenOptions = {}): Promise<Opened> {
	const { mysqlUrl = "", mysqlReplicaUrl = "" } = servers;
	const name = `t_${randomBytes(8).toString("hex")}`;
	await query(mysqlUrl, `CREATE DATABASE ${name}`);
	const variables: Record<string, string> = { MYSQL_URL: withDatabase(mysqlUrl, name) };
	if (options.replica) {
		variables.MYSQL_REPLICA_URL = withDatabase(mysqlReplicaUrl, name);
		// A connection to a database that has not arrived yet would fail.
		await until(
			async () => (await query(mysqlReplicaUrl, `SHOW DATABASES LIKE '${name}'`)).length === 1
		);
	}
	const { env, close } = embedded({ variables: { ...variables, ...options.variables } });
	return {
		env,
		async close() {
			await close();
			// A transaction left open by the test would hold the drop up for a day.
			await query(mysqlUrl, `SET STATEMENT lock_wait_timeout = 5 FOR DROP DATABASE ${name}`);
		}
	};
}

function withDatabase(url: string, name: string): string {
	const changed = new URL(url);
	changed.pathname = `/${name}`;
	return changed.href;
}

/**
 * Keys are apart by logical database. Publish and subscribe is not: it has one space for the whole
 * server, so a suite that counts messages must use channel names of its own.
 */
async function openRedis(options: OpenOptions = {}): Promise<Opened> {
	const url = new URL(servers.redisUrl ?? "");
	const port = Number(url.port);
	const answer = await ask({ port, send: "INCR databases:opened\r\n", until: /\r\n/ });
	const number = 1 + (Number(answer.slice(1)) % 4095);
	const flush = () =>
		ask({ port, send: `SELECT ${number}\r\nFLUSHDB\r\n`, until: /\+OK\r\n\+OK\r\n/ });
	await flush();
	url.pathname = `/${number}`;
	const { env, close } = embedded({ variables: { REDIS_URL: url.href, ...options.variables } });
	return {
		env,
		async close() {
			await close();
			await flush();
		}
	};
}
