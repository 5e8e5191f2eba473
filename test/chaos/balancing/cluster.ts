/** A bus, two nodes that do the work, and a caller in this process; all built as the platform's. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../../config/broker.ts";
import { loadEnv } from "../../../config/env.ts";
import type { LocalServer } from "../../../scripts/servers/local-server.ts";
import { startNats } from "../../../scripts/servers/nats.ts";
import { type NodeProcess, startProcess } from "../../harness/platforms.ts";
import { until } from "../../harness/until.ts";

export interface WorkCluster {
	readonly nats: LocalServer;
	readonly caller: ServiceBroker;
	readonly nodes: Record<"a" | "b", NodeProcess>;
	/** A new process under the name of a node that is gone. */
	restart(node: "a" | "b"): Promise<void>;
	/** How often each write ran, by its id. */
	runs(): Map<string, number>;
	/** The node of each breaker that opened. */
	readonly opened: string[];
	stop(): Promise<void>;
}

export async function startWorkCluster(): Promise<WorkCluster> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-balancing-"));
	const nats = await startNats(join(folder, "nats"));
	const variables = {
		...{ NODE_ENV: "test", LOG_LEVEL: "error", DATA_DIR: folder, NATS_URL: nats.url },
		// Nothing here opens a database or Redis; the environment demands that they are named.
		...{ MYSQL_URL: "mysql://127.0.0.1:1/none", REDIS_URL: "redis://127.0.0.1:1" }
	};
	const start = (name: string): NodeProcess =>
		startProcess({
			...{ name, folder, variables },
			script: "test/chaos/balancing/work-node.ts",
			arguments: [name, join(folder, `${name}.runs`)]
		});
	const nodes = { a: start("a"), b: start("b") };
	const caller = new ServiceBroker(
		brokerOptions(loadEnv(variables), { nodeID: "caller", logger: false })
	);
	const opened: string[] = [];
	caller.localBus.on("$circuit-breaker.opened", ({ nodeID }: { nodeID: string }) => {
		opened.push(nodeID);
	});
	await caller.start();
	await untilOffered(caller, ["a", "b"]);
	return {
		...{ nats, caller, nodes, opened },
		async restart(name) {
			nodes[name] = start(name);
			await untilOffered(caller, ["a", "b"]);
		},
		runs: () => countRuns([join(folder, "a.runs"), join(folder, "b.runs")]),
		async stop() {
			for (const node of Object.values(nodes)) node.signal("SIGKILL");
			await Promise.all([caller.stop(), ...Object.values(nodes).map((node) => node.gone)]);
			await nats.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

/** Waits until the caller knows the work on all of these nodes. */
export const untilOffered = (caller: ServiceBroker, nodes: readonly string[]): Promise<void> =>
	until(() => {
		const services = caller.registry.getServiceList({ onlyAvailable: true });
		const offering = services.filter(({ name }) => name === "work").map(({ nodeID }) => nodeID);
		return nodes.every((node) => offering.includes(node));
	}, 20_000);

function countRuns(files: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const file of files) {
		for (const id of readFileSync(file, "utf8").split("\n")) {
			if (id !== "") counts.set(id, (counts.get(id) ?? 0) + 1);
		}
	}
	return counts;
}
