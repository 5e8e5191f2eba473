/** HTTP load from a process of its own, against servers in processes of their own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Side } from "./harness.ts";

const autocannon = join(import.meta.dirname, "..", "node_modules", "autocannon", "autocannon.js");

interface Report {
	readonly requests: { readonly total: number };
	readonly duration: number;
	readonly non2xx: number;
	readonly errors: number;
}

/** Good answers per second; any other answer makes the figure worthless, so it throws. */
export const load =
	(url: string, connections: number): Side =>
	async (milliseconds) => {
		const seconds = Math.max(1, Math.round(milliseconds / 1_000));
		const { stdout } = await promisify(execFile)(process.execPath, [
			...[autocannon, "--json", "--connections", String(connections)],
			...["--duration", String(seconds), url]
		]);
		const report = JSON.parse(stdout) as Report;
		if (report.non2xx > 0 || report.errors > 0 || report.requests.total === 0) {
			throw new Error(`${url}: ${report.non2xx} bad answers, ${report.errors} errors`);
		}
		return report.requests.total / report.duration;
	};

export interface Served {
	readonly url: string;
	stop(): Promise<void>;
}

/** Starts a script that writes its base URL as its first line and ends on SIGTERM. */
export async function serve(script: string, ...words: string[]): Promise<Served> {
	const child = spawn(process.execPath, [script, ...words], {
		stdio: ["ignore", "pipe", "inherit"]
	});
	const url = await Promise.race([firstLine(child), failed(child, script)]);
	return {
		url,
		async stop() {
			if (child.exitCode !== null) return;
			child.kill("SIGTERM");
			await once(child, "exit");
		}
	};
}

async function firstLine(child: ChildProcess): Promise<string> {
	if (!child.stdout) throw new Error("The server has no output.");
	const [line] = await once(createInterface(child.stdout), "line");
	return String(line);
}

async function failed(child: ChildProcess, script: string): Promise<never> {
	const [code] = await once(child, "exit");
	throw new Error(`${script} ended with ${code} before it listened.`);
}
