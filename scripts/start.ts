/**
 * `npm start`: the whole platform in one process, on embedded defaults: SQLite in `DATA_DIR`,
 * in-process stores, no server needed. With `MYSQL_URL`, `REDIS_URL` or `NATS_URL` set it uses
 * those instead.
 */
import { mkdirSync } from "node:fs";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import { type Env, loadEnv } from "../config/env.ts";
import { stopOnSignals } from "../config/lifecycle.ts";
import { loadServices } from "../config/processes.ts";
import { explain } from "./explain.ts";
import { migrateAll } from "./migrate.ts";
import { withSandbox } from "./sandbox/child.ts";
import { seed } from "./seed.ts";

export async function startPlatform(env: Env): Promise<ServiceBroker> {
	mkdirSync(env.dataDir, { recursive: true });
	await migrateAll(env);
	const broker = new ServiceBroker(brokerOptions(env, env.demo ? { started: seed } : {}));
	stopOnSignals(broker);
	await loadServices(broker, env.role);
	await broker.start();
	return broker;
}

function addresses(env: Env): string {
	const base = env.publicUrl ?? `http://${env.host}:${env.ports.http}`;
	return [
		"",
		"The platform is up. Ctrl-C stops it.",
		`  Pages    ${base}`,
		`  API      ${base}/api`,
		`  Health   ${base}/api/health`,
		`  OpenAPI  ${base}/openapi.json`,
		...(env.sandbox.on ? [`  Sandbox  ${env.sandbox.url} takes play money`] : []),
		...(env.demo
			? ["  Demo     sign in as demo-host, demo-viewer or demo-operator, password demo-demo"]
			: []),
		""
	].join("\n");
}

if (import.meta.main) {
	try {
		const env = await withSandbox(loadEnv());
		await startPlatform(env);
		console.log(addresses(env));
	} catch (error) {
		console.error(explain(error));
		process.exit(1);
	}
}
