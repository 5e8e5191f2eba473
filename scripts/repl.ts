/**
 * `npm run repl`: Moleculer's REPL with the commands of this project (`help` lists them). With
 * `NATS_URL` it joins the cluster as a node without services; else it starts the platform in this
 * process and looks into that.
 *
 * Whoever has it is a developer on the bus: it calls internal actions and reads the tables. What
 * operators do for the record, with their name in the audit log, goes through the API.
 */
import { hostname } from "node:os";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../config/broker.ts";
import { type Env, loadEnv } from "../config/env.ts";
import { stopOnSignals } from "../config/lifecycle.ts";
import { explain } from "./explain.ts";
import { replCommand, sessionOf } from "./repl/command.ts";
import { commands } from "./repl/commands.ts";
import { withSandbox } from "./sandbox/child.ts";
import { startPlatform } from "./start.ts";

const prompt = "live-commerce $";

async function joinCluster(env: Env): Promise<ServiceBroker> {
	const options = { nodeID: `repl-${hostname()}-${process.pid}`, metrics: false };
	const broker = new ServiceBroker(brokerOptions(env, options));
	stopOnSignals(broker);
	await broker.start();
	return broker;
}

try {
	const given = loadEnv();
	// Lines of the log between those of the REPL are worth it only when something is wrong.
	const quiet = ["warn", "error", "fatal"].includes(given.logLevel);
	const env: Env = { ...given, logLevel: quiet ? given.logLevel : "warn" };
	const broker = env.natsUrl ? await joinCluster(env) : await startPlatform(await withSandbox(env));
	const session = sessionOf(broker);
	const customCommands = commands.map((command) => replCommand(command, session));
	broker.options.replOptions = { delimiter: prompt, customCommands } as never;
	broker.repl();
} catch (error) {
	console.error(explain(error));
	process.exit(1);
}
