/**
 * `ROLE=edge npm run node`: one node of the cluster, run by Moleculer's own runner with
 * `moleculer.config.ts`; the role only chooses which service files it loads.
 */
import { fileURLToPath } from "node:url";
import { loadEnv } from "../config/env.ts";
import { serviceFile, servicesOf } from "../config/processes.ts";
import { explain } from "./explain.ts";

try {
	const { role } = loadEnv();
	const files = servicesOf(role).map((name) => fileURLToPath(serviceFile(name)));
	const config = fileURLToPath(new URL("../moleculer.config.ts", import.meta.url));
	process.argv.splice(2, Number.POSITIVE_INFINITY, "--config", config, ...files);
	// By path: the package exports only its main entry.
	await import(new URL("../node_modules/moleculer/bin/moleculer-runner.mjs", import.meta.url).href);
} catch (error) {
	console.error(explain(error));
	process.exit(1);
}
