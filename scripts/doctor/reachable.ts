/**
 * What answers: the ports that the platform will listen on, the servers that it is given, and
 * whether they hold what the platform needs.
 */
import type { Env } from "../../config/env.ts";
import { reachable as reachableHost } from "../../config/env.ts";
import { lookAtMigrations, lookAtReplica, lookAtSandbox, lookAtStreams } from "./contents.ts";
import { type Finding, findingsOf, messageOf } from "./finding.ts";
import { listen } from "./listen.ts";
import { lookAtMysql, lookAtNats, lookAtRedis } from "./stores.ts";

const finding = findingsOf("reachable");

/** Looks at everything that `env` names. */
export async function reachable(env: Env): Promise<Finding[]> {
	const found = await Promise.all([
		...stores(env),
		lookAtMigrations(env),
		lookAtStreams(env),
		lookAtReplica(env),
		lookAtSandbox(env)
	]);
	return [...(await ports(env)), ...found.filter((one) => one !== undefined)];
}

async function ports(env: Env): Promise<Finding[]> {
	const names = {
		PORT: env.ports.http,
		METRICS_PORT: env.ports.metrics,
		SANDBOX_PORT: env.sandbox.on && !env.sandbox.external ? env.ports.sandbox : undefined,
		MEDIA_PORT: env.ports.media,
		RTMP_PORT: env.ports.rtmp,
		RTMPS_PORT: env.rtmps?.port
	};
	const running = await platformAnswers(env);
	const findings: Finding[] = [];
	for (const [name, port] of Object.entries(names)) {
		if (port === undefined) continue;
		const error = await listen(env.host, port);
		const detail = `${env.host}:${port}: ${error ? messageOf(error) : ""}`;
		const cure = `Stop the program that has it (ss -ltnp), or set ${name} to a free port.`;
		if (!error) findings.push(finding(name, `${env.host}:${port} is free`));
		else if (running) findings.push(finding(name, `${port} is in use, the platform runs`));
		else findings.push(finding(name, { state: "problem", detail, cure }));
	}
	return findings;
}

/** Whether the platform itself has its port, so that a taken port is as it should be. */
async function platformAnswers({ host, ports }: Env): Promise<boolean> {
	try {
		const signal = AbortSignal.timeout(3_000);
		const url = `http://${reachableHost(host)}:${ports.http}/api/health`;
		const response = await fetch(url, { signal });
		// 503 is an answer too: it tells what is down.
		const body: unknown = await response.json();
		return typeof body === "object" && body !== null && "status" in body;
	} catch {
		return false;
	}
}

interface Store {
	readonly name: string;
	readonly url: string | undefined;
	readonly look: (url: string) => Promise<string>;
	readonly cure: string;
}

function stores(env: Env): Promise<Finding | undefined>[] {
	const all: Store[] = [
		{
			...{ name: "NATS_URL", url: env.natsUrl, look: lookAtNats },
			cure: "Start nats-server with --jetstream, and look at the address and password."
		},
		{
			...{ name: "REDIS_URL", url: env.redisUrl, look: lookAtRedis },
			cure: "Start redis-server with --maxmemory-policy noeviction; look at address and clocks."
		},
		{
			...{ name: "MYSQL_URL", url: env.mysqlUrl, look: (url) => lookAtMysql(url, "primary") },
			cure: "Name the primary, which takes writes; look at address, account, database and clocks."
		},
		{
			name: "MYSQL_REPLICA_URL",
			url: env.mysqlReplicaUrl,
			look: (url) => lookAtMysql(url, "replica"),
			cure: "Start the replica with read_only=1; or leave it out, and the primary takes all reads."
		}
	];
	return all.map(async ({ name, url, look, cure }) => {
		if (url === undefined) return undefined;
		// Never the whole URL: it carries a password.
		const { host } = new URL(url);
		try {
			return finding(name, `${host}: ${await look(url)}`);
		} catch (error) {
			return finding(name, { state: "problem", detail: `${host}: ${messageOf(error)}`, cure });
		}
	});
}
