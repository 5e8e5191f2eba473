/** Nodes of a local cluster: child processes, started as `npm run node` starts them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Env } from "../../config/env.ts";
import { processes } from "../../config/processes.ts";
import { forget, watch } from "../servers/guard.ts";

export interface NodePlan {
	/** `edge-1`, `core-2` … */
	readonly name: string;
	readonly role: string;
	readonly variables: Readonly<Record<string, string>>;
}

/**
 * `count` nodes of each role; edges listen on PORT, PORT+1 …, media nodes on RTMP_PORT and
 * MEDIA_PORT and the ports after these, metrics likewise.
 */
export function planNodes(env: Env, count: number): NodePlan[] {
	const plans: NodePlan[] = [];
	const { http, rtmp, media, metrics } = env.ports;
	for (const role of Object.keys(processes)) {
		for (let index = 0; index < count; index += 1) {
			plans.push({
				name: `${role}-${index + 1}`,
				role,
				variables: {
					ROLE: role,
					...(role === "edge" ? { PORT: String(http + index) } : {}),
					...(role === "media"
						? { RTMP_PORT: String(rtmp + index), MEDIA_PORT: String(media + index) }
						: {}),
					...(metrics ? { METRICS_PORT: String(metrics + plans.length) } : {})
				}
			});
		}
	}
	return plans;
}

export interface RunningNode extends NodePlan {
	readonly child: ChildProcess;
	/** SIGTERM, and the exit code once it is gone. */
	stop(): Promise<number | null>;
}

const script = fileURLToPath(new URL("../node.ts", import.meta.url));

/** Starts the process; it is not ready before it answers (edges: `/api/health`). */
export function startNode(
	plan: NodePlan,
	variables: Readonly<Record<string, string | undefined>>
): RunningNode {
	const child = spawn(process.execPath, [script], {
		env: { ...variables, ...plan.variables },
		stdio: ["ignore", "inherit", "inherit"],
		// Ctrl-C must reach the cluster script first, which stops its nodes before its servers.
		detached: true
	});
	const { pid } = child;
	if (pid !== undefined) {
		watch(pid);
		child.once("exit", () => forget(pid));
	}
	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) {
			const gone = once(child, "exit");
			child.kill("SIGTERM");
			await gone;
		}
		return child.exitCode;
	};
	return { ...plan, child, stop };
}
