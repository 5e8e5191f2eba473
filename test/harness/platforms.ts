/**
 * The whole platform as processes of its own, in both shapes: `embedded` is what `npm start` runs,
 * `cluster` is nodes of each kind on real servers.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadEnv } from "../../config/env.ts";
import { processes, type Role } from "../../config/processes.ts";
import { migrateAll } from "../../scripts/migrate.ts";
import { forget, watch } from "../../scripts/servers/guard.ts";
import { query } from "../../scripts/servers/mariadb.ts";
import { freePort } from "../../scripts/servers/ports.ts";
import type { ServerUrls } from "./servers.ts";
import { until } from "./until.ts";

export interface NodeProcess {
	readonly name: string;
	readonly pid: number;
	/** All that it wrote so far. */
	log(): string;
	signal(name: NodeJS.Signals): void;
	/** SIGTERM and wait; the exit code, or null after a signal. */
	stop(): Promise<number | null>;
	readonly gone: Promise<unknown>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Compiling the same code again for each process would be half of its start. */
const compileCache = join(root, "node_modules/.cache/compile");

export interface ProcessPlan {
	readonly name: string;
	/** Below the root of the repository. */
	readonly script: string;
	readonly folder: string;
	readonly variables: Readonly<Record<string, string>>;
	readonly arguments?: readonly string[];
	/** The repository unless told. */
	readonly root?: string;
}

/** Starts a script of ours; it ends with the test run, however that ends. */
export function startProcess(plan: ProcessPlan): NodeProcess {
	mkdirSync(plan.folder, { recursive: true });
	const logFile = join(plan.folder, `${plan.name}.log`);
	const log = openSync(logFile, "a");
	const cwd = plan.root ?? root;
	const child = spawn(process.execPath, [join(cwd, plan.script), ...(plan.arguments ?? [])], {
		cwd,
		env: {
			...{ PATH: process.env.PATH, DATA_DIR: plan.folder, NODE_COMPILE_CACHE: compileCache },
			...plan.variables
		},
		stdio: ["ignore", log, log]
	});
	const pid = child.pid ?? -1;
	watch(pid);
	const gone = once(child, "exit").then(() => forget(pid));
	return {
		name: plan.name,
		pid,
		log: () => readFileSync(logFile, "utf8"),
		signal: (name) => child.kill(name),
		async stop() {
			if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
			await gone;
			return child.exitCode;
		},
		gone
	};
}

/** Waits until the platform behind `url` says that all is well. */
export async function untilHealthy(
	url: string,
	nodes: RunningPlatform["nodes"] = new Map()
): Promise<void> {
	try {
		await until(async () => (await fetch(`${url}/api/health`)).ok, 120_000);
	} catch (error) {
		const ends = [...nodes.values()].map((node) => `--- ${node.name}\n${node.log().slice(-2_000)}`);
		const logs = ends.join("\n");
		throw new Error(`${url} did not become healthy.\n${logs}`, { cause: error });
	}
}

const quiet = { NODE_ENV: "test", LOG_LEVEL: "warn", RATE_LIMITS: "off", DEMO: "1" };

export interface RunningPlatform {
	readonly edges: readonly string[];
	/** Those that run now, by name. */
	readonly nodes: ReadonlyMap<string, NodeProcess>;
	/** Where encoders push, of each node that takes streams, by its name. */
	readonly ingests: ReadonlyMap<string, string>;
	/** Starts a node that has ended again, on its ports and data. */
	restart(name: string): void;
	stop(): Promise<void>;
}

/** Runs what is planned; `edges` and `ingests` are of the plans. */
function run(plans: readonly ProcessPlan[]): Pick<RunningPlatform, "nodes" | "restart" | "stop"> {
	const nodes = new Map(plans.map((plan) => [plan.name, startProcess(plan)]));
	return {
		nodes,
		restart(name) {
			const plan = plans.find((one) => one.name === name);
			if (!plan) throw new Error(`There is no node ${name}.`);
			nodes.set(name, startProcess(plan));
		},
		async stop() {
			await Promise.all([...nodes.values()].map((node) => node.stop()));
		}
	};
}

/** Ports for video. Fixed ones, unlike 0: they stay the same when a node is started again. */
const mediaPorts = async () => ({
	RTMP_PORT: String(await freePort()),
	MEDIA_PORT: String(await freePort())
});
const ingestOf = (variables: Readonly<Record<string, string>>): string =>
	`rtmp://127.0.0.1:${variables.RTMP_PORT}/live`;

export async function startEmbedded(
	folder: string,
	variables: Readonly<Record<string, string>> = {}
): Promise<RunningPlatform> {
	const port = variables.PORT ?? String(await freePort());
	const plan: ProcessPlan = {
		name: "embedded",
		script: "scripts/start.ts",
		folder,
		variables: {
			...{ ...quiet, ...(await mediaPorts()), PORT: port },
			...{ SANDBOX_PORT: String(await freePort()), ...variables }
		}
	};
	const running = run([plan]);
	const url = `http://127.0.0.1:${port}`;
	await untilHealthy(url, running.nodes);
	return { ...running, edges: [url], ingests: new Map([[plan.name, ingestOf(plan.variables)]]) };
}

export interface ClusterPlan {
	readonly folder: string;
	readonly servers: Required<
		Pick<ServerUrls, "natsUrl" | "redisUrl" | "mysqlUrl" | "mysqlReplicaUrl">
	>;
	/** Nodes of each role; 2 unless told. */
	readonly count?: number;
	/** Of some roles another number; 0 leaves a role out. */
	readonly counts?: Partial<Readonly<Record<Role, number>>>;
	readonly variables?: Readonly<Record<string, string>>;
}

/** A cluster on servers that run; it brings its tables up in the database of `mysqlUrl`. */
export async function startCluster(cluster: ClusterPlan): Promise<RunningPlatform> {
	const { natsUrl, redisUrl, mysqlUrl, mysqlReplicaUrl } = cluster.servers;
	const shared = {
		...quiet,
		NATS_URL: natsUrl,
		REDIS_URL: redisUrl,
		MYSQL_URL: mysqlUrl,
		MYSQL_REPLICA_URL: mysqlReplicaUrl,
		...cluster.variables
	};
	await migrateAll(loadEnv({ ...shared, DATA_DIR: cluster.folder }));
	const { plans, edges, ingests } = await planCluster(cluster, shared);
	const running = run(plans);
	await Promise.all(edges.map((url) => untilHealthy(url, running.nodes)));
	const hasAll = Object.keys(processes).every((role) =>
		plans.some(({ name }) => name === `${role}-1`)
	);
	const seeding = { name: "seed", script: "scripts/seed.ts", folder: cluster.folder };
	// A busy machine may be too slow for one try, and all that follows needs the demo people; goods
	// and coins find no home where roles are left out.
	await until(async () => {
		const seed = startProcess({ ...seeding, variables: shared });
		await seed.gone;
		return (await seed.stop()) === 0 || !hasAll;
	}, 120_000);
	return { ...running, edges, ingests };
}

async function planCluster(cluster: ClusterPlan, shared: Readonly<Record<string, string>>) {
	const plans: ProcessPlan[] = [];
	const edges: string[] = [];
	const ingests = new Map<string, string>();
	const published = await mediaPorts();
	const till = String(await freePort());
	const sandbox = { SANDBOX_URL: `http://127.0.0.1:${till}` };
	for (const role of Object.keys(processes) as Role[]) {
		const count = cluster.counts?.[role] ?? cluster.count ?? 2;
		for (let index = 1; index <= count; index += 1) {
			const port = String(await freePort());
			const name = `${role}-${index}`;
			// Hosts are told the ports of the first node: those who hand keys out must know them.
			const ports = role === "media" && index > 1 ? await mediaPorts() : published;
			// Payers come back to an edge; this node is none.
			const shop = role === "money" && edges[0] ? { PUBLIC_URL: edges[0] } : {};
			const own = { ...ports, ...sandbox, ...shop, ROLE: role, PORT: port };
			const variables = { ...shared, ...own };
			plans.push({ name, script: "scripts/node.ts", folder: cluster.folder, variables });
			if (role === "edge") edges.push(`http://127.0.0.1:${port}`);
			if (role === "media") ingests.set(name, ingestOf(variables));
		}
	}
	plans.push({
		...{ name: "sandbox", script: "scripts/sandbox.ts", folder: cluster.folder },
		arguments: ["--callback", `${edges[0]}/api/payments/sandbox/callback`],
		variables: { ...quiet, ...cluster.variables, SANDBOX_PORT: till }
	});
	return { plans, edges, ingests };
}

/** A database of its own beside those of other suites; back when the replica has it too. */
export async function createDatabase(urls: ServerUrls, name: string) {
	const { mysqlUrl = "", mysqlReplicaUrl = "" } = urls;
	await query(mysqlUrl, `CREATE DATABASE ${name}`);
	await until(
		async () => (await query(mysqlReplicaUrl, `SHOW DATABASES LIKE '${name}'`)).length === 1
	);
	const [mysql, replica] = [mysqlUrl, mysqlReplicaUrl].map((url) => {
		const changed = new URL(url);
		changed.pathname = `/${name}`;
		return changed.href;
	});
	return { mysqlUrl: mysql as string, mysqlReplicaUrl: replica as string };
}
