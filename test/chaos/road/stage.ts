/** `npm run cluster` on servers that may be killed, with a show on air and a flash sale in it. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnv } from "../../../config/env.ts";
import { openSql, type Sql } from "../../../mixins/sql/index.ts";
import { demoPassword } from "../../../scripts/seed.ts";
import type { LocalServer } from "../../../scripts/servers/local-server.ts";
import { startMariaDbPair } from "../../../scripts/servers/mariadb.ts";
import { startNats } from "../../../scripts/servers/nats.ts";
import { freePort } from "../../../scripts/servers/ports.ts";
import { startRedis } from "../../../scripts/servers/redis.ts";
import { order, type Product } from "../../e2e/shop-stage.ts";
import { ask, type RoomState } from "../../e2e/show.ts";
import { type Person, post } from "../../harness/people.ts";
import { type NodeProcess, startProcess, untilHealthy } from "../../harness/platforms.ts";
import { until } from "../../harness/until.ts";

const startMs = 120_000;
const units = 100_000;
const saleUnits = 20_000;
const limitPerUser = 20;

export interface Road {
	readonly edges: readonly string[];
	readonly servers: readonly (readonly [name: string, server: LocalServer])[];
	readonly db: Sql;
	readonly roomId: string;
	readonly saleId: string;
	/** The process of a node, by its name: `edge-1`. */
	pidOf(node: string): number;
	/** Back when the supervisor has started the node again and it works. */
	untilBack(node: string, pidBefore: number): Promise<void>;
	/** All that the nodes and their supervisor wrote. */
	log(): string;
	stop(): Promise<void>;
}

export async function startRoad(): Promise<Road> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-road-"));
	const closing: (() => unknown)[] = [
		() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
	];
	const stop = async () => {
		for (const close of closing.splice(0).reverse()) await close();
	};
	try {
		const { variables, ...shared } = await startServers(folder, closing);
		const db = openSql(loadEnv({ ...variables, DATA_DIR: folder }));
		closing.push(() => db.close());
		const { cluster, edges } = await startCluster(folder, variables, closing);
		const [edge = ""] = edges;
		const show = await openShow(edge);
		const port = new URL(edge).port;
		const stream = startProcess({
			...{ name: "stream", script: "scripts/demo-stream.ts", folder, variables: { PORT: port } }
		});
		closing.push(() => stream.stop());
		const isOnAir = async () =>
			(await ask<RoomState & { onAir: boolean }>(edge, ["GET", `/rooms/${show.roomId}`])).onAir;
		await until(isOnAir, startMs);
		return { ...shared, ...show, ...nodesOf(cluster), edges, db, log: cluster.log, stop };
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
	const pair = await startMariaDbPair({ dataDir: folder, database: "road", small: true });
	closing.push(() => pair.stop());
	return {
		servers: [
			["NATS", nats],
			["Redis", redis],
			["MariaDB", pair.primary],
			["MariaDB's replica", pair.replica]
		] as const,
		variables: {
			...{ NATS_URL: nats.url, REDIS_URL: redis.url },
			...{ MYSQL_URL: pair.primary.url, MYSQL_REPLICA_URL: pair.replica.url }
		}
	};
}

async function startCluster(
	folder: string,
	servers: Readonly<Record<string, string>>,
	closing: (() => unknown)[]
) {
	const [http, rtmp, media] = [await freePair(), await freePair(), await freePair()];
	const cluster = startProcess({
		...{ name: "cluster", script: "scripts/cluster.ts", folder: join(folder, "cluster") },
		variables: {
			...servers,
			...{ PORT: String(http), RTMP_PORT: String(rtmp), MEDIA_PORT: String(media) },
			SANDBOX_PORT: String(await freePort())
		}
	});
	closing.push(() => cluster.stop());
	const edges = [http, http + 1].map((port) => `http://127.0.0.1:${port}`);
	try {
		for (const edge of edges) await untilHealthy(edge);
		await until(() => /"nodeID":"seed-[^"]+".*Good bye/.test(cluster.log()), startMs);
	} catch (error) {
		throw new Error(cluster.log().slice(-4_000), { cause: error });
	}
	return { cluster, edges };
}

/** A port that is free, and so is the one behind it. */
async function freePair(): Promise<number> {
	for (;;) {
		const port = await freePort();
		if (await isFree(port + 1)) return port;
	}
}

const isFree = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});

function nodesOf(cluster: NodeProcess): Pick<Road, "pidOf" | "untilBack"> {
	const pidOf = (node: string): number => {
		const started = cluster.log().matchAll(new RegExp(`^${node} runs as process (\\d+)\\.$`, "gm"));
		return Number([...started].at(-1)?.[1]);
	};
	return {
		pidOf,
		untilBack: (node, pidBefore) =>
			until(() => {
				const pid = pidOf(node);
				const isUp = new RegExp(`-${pid}".*started successfully`).test(cluster.log());
				return pid !== pidBefore && isUp;
			}, startMs)
	};
}

async function hostOf(edge: string): Promise<Person> {
	interface Session {
		readonly accessToken: string;
		readonly refreshToken: string;
		readonly user: { readonly id: string };
	}
	const words = { username: "demo-host", password: demoPassword };
	const { user, ...tokens } = await post<Session>(edge, "/auth/sessions", words);
	return { id: user.id, ...words, ...tokens };
}

/** The demo room, with goods that do not run out and a flash sale that lasts. */
async function openShow(edge: string): Promise<{ roomId: string; saleId: string }> {
	const host = await hostOf(edge);
	const { items } = await ask<{ items: RoomState[] }>(edge, ["GET", `/rooms?hostId=${host.id}`]);
	const roomId = items[0]?.id ?? "";
	await ask(edge, ["POST", `/rooms/${roomId}/start`], host.accessToken);
	const price = { amount: 500, currency: "USD" };
	const product = await order<Product>(
		edge,
		[
			...(["POST", "/products"] as const),
			{ title: "Road tea", description: "Enough for all.", skus: [{ price, stock: units }] }
		],
		host
	);
	const skuId = product.skus[0]?.id ?? "";
	await order(edge, ["POST", `/rooms/${roomId}/products`, { skuId }], host);
	const sale = await order<{ id: string }>(
		edge,
		[
			...(["POST", `/rooms/${roomId}/flash-sales`] as const),
			{
				...{ skuId, price: { ...price, amount: 100 }, stock: saleUnits, limitPerUser },
				startsAt: new Date().toISOString(),
				endsAt: new Date(Date.now() + 3_600_000).toISOString()
			}
		],
		host
	);
	return { roomId, saleId: sale.id };
}
