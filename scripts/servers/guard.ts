/** This process's side of the watchdog: says which children and folders must not stay behind. */
import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

let pipe: Writable | undefined;

/** One watchdog for all children of this process, started with the first. */
function watchdog(): Writable {
	if (pipe?.writable) return pipe;
	const child = spawn(process.execPath, [fileURLToPath(new URL("watchdog.ts", import.meta.url))], {
		// A session of its own, and no copy of our output: it must not hold up who reads that.
		detached: true,
		stdio: ["pipe", "ignore", "ignore"]
	});
	child.unref();
	pipe = child.stdin;
	// A watchdog that somebody killed must not take this process with it.
	pipe.on("error", () => {});
	(pipe as Writable & { unref?: () => void }).unref?.();
	return pipe;
}

const tell = (line: object): void => {
	watchdog().write(`${JSON.stringify(line)}\n`);
};

/** The process `pid` ends when this process ends. */
export const watch = (pid: number): void => tell({ watch: pid });

/** The process `pid` has ended; its number may belong to another one soon. */
export const forget = (pid: number): void => tell({ forget: pid });

/** The folder goes when this process ends. */
export const removeLater = (folder: string): void => tell({ remove: folder });
