/** The nodes of one side as processes of their own, what they burn, and what they can be told. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface NodeSetup {
	readonly nodeId: string;
	readonly dataDir: string;
	readonly natsUrl: string;
	readonly redisUrl: string;
	readonly mysqlUrl: string;
	/** Of the tokens that clients bring. */
	readonly publicKey: object;
}

/** Sends private messages for a while, so many a second from each node. */
export interface PushOrder {
	readonly kind: "hint" | "kept";
	readonly userIds: readonly string[];
	readonly perSecond: number;
	readonly milliseconds: number;
}

export interface Nodes {
	readonly urls: readonly string[];
	readonly pids: readonly number[];
	/** How many messages went out. */
	push(order: PushOrder): Promise<number>;
	stop(): Promise<void>;
}

const script = join(import.meta.dirname, "server.ts");

export async function startNodes(
	kind: "platform" | "socket.io",
	count: number,
	setup: Omit<NodeSetup, "nodeId">
): Promise<Nodes> {
	const children: ChildProcess[] = [];
	const urls: string[] = [];
	for (let index = 1; index <= count; index += 1) {
		const own = { ...setup, nodeId: `${kind}-${count}-${index}` };
		const child = fork(script, [kind, JSON.stringify(own)], {
			stdio: ["ignore", "pipe", "inherit", "ipc"]
		});
		children.push(child);
		const lines = createInterface(child.stdout as NonNullable<ChildProcess["stdout"]>);
		const failed = once(child, "exit").then(([code]) => {
			throw new Error(`${own.nodeId} ended with ${code}.`);
		});
		failed.catch(() => {});
		const [url] = (await Promise.race([once(lines, "line"), failed])) as [string];
		urls.push(url);
	}
	return {
		urls,
		pids: children.map(({ pid }) => pid ?? -1),
		async push(order) {
			const counts = children.map(async (child) => {
				child.send(order);
				const [sent] = (await once(child, "message")) as [number];
				return sent;
			});
			return (await Promise.all(counts)).reduce((sum, sent) => sum + sent, 0);
		},
		async stop() {
			await Promise.all(
				children.map(async (child) => {
					const gone = once(child, "exit");
					child.disconnect();
					await gone;
				})
			);
		}
	};
}

/** The kernel counts in hundredths of a second. */
const microsecondsPerTick = 10_000;

/** CPU time that these processes have used so far, in microseconds. */
export function cpuOf(pids: readonly number[]): number {
	let ticks = 0;
	for (const pid of pids) {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The name stands in brackets and may hold anything.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		ticks += Number(fields[11]) + Number(fields[12]);
	}
	return ticks * microsecondsPerTick;
}
