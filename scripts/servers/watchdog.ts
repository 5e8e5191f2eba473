/**
 * Ends the servers of a process that is gone, also after `kill -9`: the standard input is a pipe
 * from that process, and it closes when the process ends, however it ends.
 *
 * Input is one JSON line per change: `{"watch": pid}`, `{"forget": pid}`, `{"remove": folder}`.
 */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

interface Line {
	watch?: number;
	forget?: number;
	remove?: string;
}

const graceMs = 5_000;
const watched = new Set<number>();
const folders = new Set<string>();

// A terminal sends these to the whole session; the servers must outlive the clean shutdown.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

for await (const text of createInterface({ input: process.stdin })) {
	const line = JSON.parse(text) as Line;
	if (line.watch) watched.add(line.watch);
	if (line.forget) watched.delete(line.forget);
	if (line.remove) folders.add(line.remove);
}

for (const pid of watched) {
	signal(pid, "SIGCONT");
	signal(pid, "SIGTERM");
}
const deadline = Date.now() + graceMs;
while ([...watched].some((pid) => signal(pid, 0)) && Date.now() < deadline) await sleep(50);
for (const pid of watched) signal(pid, "SIGKILL");
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** Whether the process was there to take it. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
	try {
		process.kill(pid, name);
		return true;
	} catch {
		return false;
	}
}
