/** Where the programs of the machine are. */
import { spawnSync } from "node:child_process";

// Debian puts daemons into /usr/sbin, which is not on the PATH of ordinary users.
const script = 'PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"; command -v "$1"';

const found = new Map<string, string | undefined>();

/** The path of the first of `names` that is installed, or undefined. */
export function findProgram(...names: readonly string[]): string | undefined {
	for (const name of names) {
		const path = found.get(name) ?? look(name);
		if (path) {
			// Only hits are kept: what is missing may be installed while this process runs.
			found.set(name, path);
			return path;
		}
	}
	return undefined;
}

function look(name: string): string | undefined {
	const { status, stdout } = spawnSync("sh", ["-c", script, "sh", name], { encoding: "utf8" });
	const path = stdout?.trim();
	return status === 0 && path?.startsWith("/") ? path : undefined;
}
