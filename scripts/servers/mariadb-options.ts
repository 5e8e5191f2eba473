/** What mariadbd is told: close to MySQL 8 where the two differ, so that one platform fits both. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { findProgram } from "./find.ts";

export interface MariaDbArguments {
	readonly role: "primary" | "replica";
	readonly port: number;
	readonly tables: string;
	/** A folder of its own: at its start mariadbd removes the temporary tables of all others. */
	readonly temporary: string;
	readonly initFile: string;
	readonly small: boolean | undefined;
}

// The default of MySQL 8; MariaDB's own lacks ONLY_FULL_GROUP_BY.
const sqlMode =
	"ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE," +
	"ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/** mariadbd refuses to run as root unless it is told so by name. */
const asRoot = (): string[] => (process.getuid?.() === 0 ? ["--user=root"] : []);

/** The whole command line of one server. */
export function mariaDbArguments(options: MariaDbArguments): string[] {
	const { role, port, tables, temporary, initFile, small } = options;
	return [
		"--no-defaults",
		...asRoot(),
		`--datadir=${tables}`,
		`--tmpdir=${temporary}`,
		`--init-file=${initFile}`,
		`--port=${port}`,
		"--bind-address=127.0.0.1",
		// Relative to the data folder: the whole path may be longer than a socket's name can be.
		"--socket=server.sock",
		"--pid-file=server.pid",
		"--skip-name-resolve",
		"--max-connections=400",
		"--character-set-server=utf8mb4",
		"--default-time-zone=+00:00",
		`--sql-mode=${sqlMode}`,
		"--innodb-flush-log-at-trx-commit=1",
		...(small
			? ["--innodb-buffer-pool-size=24M", "--innodb-log-file-size=16M", "--sync-binlog=0"]
			: ["--innodb-buffer-pool-size=128M", "--innodb-log-file-size=64M", "--sync-binlog=1"]),
		"--aria-pagecache-buffer-size=8M",
		"--key-buffer-size=8M",
		...replication(role)
	];
}

function replication(role: "primary" | "replica"): string[] {
	return [
		`--server-id=${role === "primary" ? 1 : 2}`,
		"--log-bin=binlog",
		"--relay-log=relay",
		"--binlog-format=ROW",
		"--log-slave-updates=1",
		// A primary that hangs is noticed in seconds instead of a minute.
		"--slave-net-timeout=4",
		...(role === "replica" ? ["--read-only=1"] : [])
	];
}

/** Makes the system tables in a folder that is not there yet. */
export async function installMariaDb(tables: string, temporary: string): Promise<void> {
	const child = spawn(
		findProgram("mariadb-install-db") ?? "mariadb-install-db",
		[
			"--no-defaults",
			...asRoot(),
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
			"--innodb-log-file-size=16M",
			`--datadir=${tables}`,
			`--tmpdir=${temporary}`
		],
		{ stdio: ["ignore", "pipe", "pipe"] }
	);
	let output = "";
	child.stdout.on("data", (chunk) => {
		output += chunk;
	});
	child.stderr.on("data", (chunk) => {
		output += chunk;
	});
	const [code] = await once(child, "close");
	if (code !== 0) throw new Error(`mariadb-install-db failed (${code}):\n${output.slice(-2_000)}`);
}
