/**
 * What answers: the ports that the platform will listen on, the servers that it is given, and
 * whether their tables are up to date.
 */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Env } from "../../config/env.ts";
import { migrationStatus } from "../../mixins/sql/migrations.ts";
import { type Finding, messageOf } from "./finding.ts";
import { lookAtMysql, lookAtNats, lookAtRedis } from "./stores.ts";

/** Looks at everything that `env` names. */
export async function reachable(env: Env): Promise<Finding[]> {
	return [...(await ports(env)), ...(await stores(env)), await migrations(env)];
}

const finding = (name: string, state: Finding["state"], detail: string): Finding => ({
	part: "reachable",
	name,
	state,
	detail
});

async function ports(env: Env): Promise<Finding[]> {
	const names = {
		PORT: env.ports.http,
		METRICS_PORT: env.ports.metrics,
		SANDBOX_PORT: env.ports.sandbox,
		MEDIA_PORT: env.ports.media,
		RTMP_PORT: env.ports.rtmp,
		RTMPS_PORT: env.rtmps?.port
	};
	const running = await platformAnswers(env);
	const findings: Finding[] = [];
	for (const [name, port] of Object.entries(names)) {
		if (port === undefined) continue;
		const error = await listen(env.host, port);
		if (!error) findings.push(finding(name, "ok", `${env.host}:${port} is free`));
		else if (running) findings.push(finding(name, "ok", `${port} is in use, the platform runs`));
		else findings.push(finding(name, "problem", `${env.host}:${port}: ${messageOf(error)}`));
	}
	return findings;
}

/** Whether the platform itself has its port, so that a taken port is as it should be. */
async function platformAnswers({ host, ports }: Env): Promise<boolean> {
	const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
	try {
		const signal = AbortSignal.timeout(3_000);
		const response = await fetch(`http://${name}:${ports.http}/api/health`, { signal });
		// 503 is an answer too: it tells what is down.
		const body: unknown = await response.json();
		return typeof body === "object" && body !== null && "status" in body;
	} catch {
		return false;
	}
}

/** The error of listening there, or undefined when it works. */
export function listen(host: string, port: number): Promise<Error | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", resolve);
		server.listen(port, host, () => server.close(() => resolve(undefined)));
	});
}

async function stores(env: Env): Promise<Finding[]> {
	const looks: [name: string, url: string | undefined, look: (url: string) => Promise<string>][] = [
		["NATS_URL", env.natsUrl, lookAtNats],
		["REDIS_URL", env.redisUrl, lookAtRedis],
		["MYSQL_URL", env.mysqlUrl, (url) => lookAtMysql(url, "primary")],
		["MYSQL_REPLICA_URL", env.mysqlReplicaUrl, (url) => lookAtMysql(url, "replica")]
	];
	const findings = looks.map(async ([name, url, look]) => {
		if (url === undefined) return undefined;
		// Never the whole URL: it carries a password.
		const { host } = new URL(url);
		try {
			return finding(name, "ok", `${host}: ${await look(url)}`);
		} catch (error) {
			return finding(name, "problem", `${host}: ${messageOf(error)}`);
		}
	});
	return (await Promise.all(findings)).filter((one) => one !== undefined);
}

async function migrations(env: Env): Promise<Finding> {
	const name = "migrations";
	// A look must not make the file.
	if (!env.mysqlUrl && !existsSync(join(env.dataDir, "live-commerce.sqlite"))) {
		return finding(name, "ok", "no database yet: the first start makes it");
	}
	try {
		const { executed, pending } = await migrationStatus(env);
		if (pending.length === 0) return finding(name, "ok", `all ${executed.length} have run`);
		// The embedded platform brings its tables up itself; nodes of a cluster do not.
		const detail = `${pending.length} pending: npm run migrate`;
		return finding(name, env.natsUrl ? "problem" : "note", detail);
	} catch (error) {
		return finding(name, "problem", messageOf(error));
	}
}
