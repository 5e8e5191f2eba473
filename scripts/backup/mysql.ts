/** MySQL or MariaDB, by the dump program that comes with either. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { childEnvironment } from "../../config/env.ts";
import { findProgram } from "../servers/find.ts";
import { query } from "../servers/mariadb.ts";

export const dumpProgram = (): string | undefined => findProgram("mariadb-dump", "mysqldump");
export const clientProgram = (): string | undefined => findProgram("mariadb", "mysql");

/** A consistent snapshot in one transaction of InnoDB: no table is locked, nobody waits. */
const dumpArguments = [
	"--single-transaction",
	"--quick",
	"--hex-blob",
	"--default-character-set=utf8mb4",
	"--no-tablespaces",
	"--skip-triggers",
	"--skip-add-locks",
	"--skip-add-drop-table"
];

/** Of Oracle's program only, which else asks for rights and tables that others do not have. */
const oracleArguments = ["--set-gtid-purged=OFF", "--column-statistics=0"];

export interface DumpOptions {
	/**
	 * Write the place in the binary log into the dump, as a comment, so that later changes can be
	 * played after it. The account needs the right to see it (RELOAD, REPLICATION CLIENT).
	 */
	readonly position: boolean;
}

/** Tables must not be altered meanwhile: no `npm run migrate` beside it. */
export async function dumpMysql(url: string, folder: string, options: DumpOptions) {
	const program = dumpProgram();
	if (!program) throw new Error("Neither mariadb-dump nor mysqldump is installed.");
	const isOracle = !program.endsWith("mariadb-dump");
	const child = start(program, url, [
		...dumpArguments,
		...(isOracle ? oracleArguments : []),
		...(options.position ? [isOracle ? "--source-data=2" : "--master-data=2"] : [])
	]);
	const ended = succeeded(child, program);
	const name = "database.sql.gz";
	const file = createWriteStream(join(folder, name), { flags: "wx", mode: 0o600, flush: true });
	if (child.stdout) await pipeline(child.stdout, createGzip(), file);
	await ended;
	return name;
}

/** Refuses to touch a database that holds a table. */
export async function restoreMysql(file: string, url: string): Promise<void> {
	const program = clientProgram();
	if (!program) throw new Error("Neither mariadb nor mysql is installed.");
	const tables = await query(
		url,
		"SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() LIMIT 1"
	);
	if (tables.length > 0) throw new Error("The database of MYSQL_URL is not empty.");
	const child = start(program, url, ["--default-character-set=utf8mb4"]);
	const ended = succeeded(child, program);
	if (child.stdin) {
		// When the client gives up, its own words say more than the broken pipe.
		const sent = pipeline(createReadStream(file), createGunzip(), child.stdin);
		await Promise.all([ended, sent.catch(() => {})]);
	}
	await ended;
}

/** The password goes by the environment: a command line can be read by everybody. */
function start(program: string, url: string, words: readonly string[]): ChildProcess {
	const { hostname, port, username, password, pathname } = new URL(url);
	const whole = [
		"--no-defaults",
		"--protocol=tcp",
		`--host=${hostname}`,
		`--port=${port || 3306}`,
		`--user=${decodeURIComponent(username)}`,
		...words,
		decodeURIComponent(pathname.slice(1))
	];
	const env = childEnvironment({ MYSQL_PWD: decodeURIComponent(password) });
	return spawn(program, whole, { env, stdio: ["pipe", "pipe", "pipe"] });
}

/** Throws what the program said unless it ended with 0. */
async function succeeded(child: ChildProcess, program: string): Promise<void> {
	let words = "";
	child.stderr?.on("data", (chunk) => {
		words += chunk;
	});
	const [code, signal] = await once(child, "close");
	if (code !== 0) throw new Error(`${program} ended with ${signal ?? code}: ${words.trim()}`);
}
