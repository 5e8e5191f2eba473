/**
 * `npm run cluster`: two nodes of each kind on this machine over real NATS, Redis and MariaDB
 * (primary and replica). `-- --nodes 3` starts three of each. A node that dies is started again.
 */
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { childEnvironment, loadEnv } from "../config/env.ts";
import { natsOptions } from "../config/nats.ts";
import { type NodePlan, planNodes, type RunningNode, startNode } from "./cluster/nodes.ts";
import { startServers } from "./cluster/servers.ts";
import { explain } from "./explain.ts";
import { migrateAll } from "./migrate.ts";
import { sandboxVariables, withSandbox } from "./sandbox/child.ts";
import { seedApart } from "./seed.ts";

const restartMs = 1_000;

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { nodes: { type: "string", default: "2" } } });
	const env = await withSandbox(loadEnv());
	mkdirSync(env.dataDir, { recursive: true });
	const servers = await startServers(env);
	const variables = childEnvironment({ ...servers.variables, ...sandboxVariables(env) });
	await migrateAll(loadEnv(variables));

	const nodes = new Map<string, RunningNode>();
	let stopping = false;
	const run = (plan: NodePlan): void => {
		const node = startNode(plan, variables);
		nodes.set(plan.name, node);
		// By this number it can be killed, to see that nobody notices.
		console.log(`${plan.name} runs as process ${node.child.pid}.`);
		node.child.once("exit", (code, signal) => {
			if (stopping) return;
			console.error(`${plan.name} ended (${signal ?? code}) and is started again.`);
			setTimeout(() => !stopping && run(plan), restartMs);
		});
	};
	const stop = async (): Promise<void> => {
		if (stopping) return;
		stopping = true;
		await Promise.all([...nodes.values()].map((node) => node.stop()));
		await servers.stop();
		process.exit(0);
	};
	process.on("SIGTERM", stop);
	process.on("SIGINT", stop);

	const plans = planNodes(env, Number(values.nodes));
	for (const plan of plans) run(plan);
	const edges = plans.filter(({ role }) => role === "edge");
	console.log(
		[
			"",
			"The cluster starts. Ctrl-C stops it.",
			...edges.map(({ name, variables }) => `  ${name}   http://${env.host}:${variables.PORT}/api`),
			`  NATS     ${natsOptions(servers.variables.NATS_URL).servers}`,
			`  Redis    ${new URL(servers.variables.REDIS_URL).host}`,
			`  MariaDB  ${new URL(servers.variables.MYSQL_URL).host}`,
			...(env.sandbox.on ? [`  Sandbox  ${env.sandbox.url} takes play money`] : []),
			"  REPL     NATS_URL, REDIS_URL and MYSQL_URL as above, then npm run repl",
			""
		].join("\n")
	);
	if (env.demo) await seedApart(loadEnv(variables));
}

try {
	await main();
} catch (error) {
	console.error(explain(error));
	process.exit(1);
}
