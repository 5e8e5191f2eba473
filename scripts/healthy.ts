/**
 * Ends with 0 when the node in this container lives: an edge by `/api/health/live`, any other by
 * its metrics, which it must offer for that (METRICS_PORT). Asked by docker-compose.yml.
 */
import { loadEnv } from "../config/env.ts";
import { servicesOf } from "../config/processes.ts";
import { explain } from "./explain.ts";

const timeoutMs = 3_000;
/** A process that hangs does not answer at all; one that is about to end answers 0. */
const started = /^moleculer_broker_started\S* 1$/m;

async function lives(): Promise<boolean> {
	const { role, ports } = loadEnv();
	const signal = AbortSignal.timeout(timeoutMs);
	if (servicesOf(role).includes("gateway")) {
		return (await fetch(`http://127.0.0.1:${ports.http}/api/health/live`, { signal })).ok;
	}
	const metrics = await fetch(`http://127.0.0.1:${ports.metrics}/metrics`, { signal });
	return started.test(await metrics.text());
}

try {
	process.exitCode = (await lives()) ? 0 : 1;
} catch (error) {
	console.error(explain(error));
	process.exitCode = 1;
}
