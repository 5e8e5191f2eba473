/**
 * A local MariaDB: a primary and a real replica that follows it by GTID.
 *
 * Accounts are made anew at each start by an init file that both servers run for themselves, so no
 * password outlives the run and nothing has to be remembered between runs.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { findProgram } from "./find.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { installMariaDb, mariaDbArguments } from "./mariadb-options.ts";

export interface MariaDb extends LocalServer {
	/** May do everything, also what `read_only` forbids; `url` is the account of the platform. */
	readonly adminUrl: string;
}

export interface MariaDbPair {
	readonly primary: MariaDb;
	readonly replica: MariaDb;
	/** Waits until the replica has everything that the primary has committed by now. */
	caughtUp(): Promise<void>;
	stop(): Promise<void>;
}

export interface MariaDbOptions {
	/** Holds `primary/` and `replica/`. */
	readonly dataDir: string;
	/** Made on the primary when it is not there, and named in `url`. */
	readonly database: string;
	/** Small buffers, and a binary log that only survives a killed process, not a power cut. */
	readonly small?: boolean;
}

interface Accounts {
	readonly app: string;
	readonly admin: string;
	readonly replicator: string;
}

const catchUpSeconds = 30;

export const mariaDbCommand = (): string | undefined =>
	findProgram("mariadb-install-db") && findProgram("mariadbd");

/** Starts both servers; back when the replica replicates. First start about 1.5 s, later 0.5 s. */
export async function startMariaDbPair(options: MariaDbOptions): Promise<MariaDbPair> {
	const accounts: Accounts = { app: password(), admin: password(), replicator: password() };
	const started = await Promise.allSettled([
		startOne("primary", options, accounts),
		startOne("replica", options, accounts)
	]);
	const [primary, replica] = started.map((result) =>
		result.status === "fulfilled" ? result.value : undefined
	);
	const stop = async (): Promise<void> => {
		// The replica first: it would only log that its primary has gone.
		await replica?.stop();
		await primary?.stop();
	};
	try {
		for (const result of started) if (result.status === "rejected") throw result.reason;
		if (!primary || !replica) throw new Error("MariaDB did not start.");
		const pair: MariaDbPair = {
			primary,
			replica,
			caughtUp: () => caughtUp(primary, replica),
			stop
		};
		await query(primary.adminUrl, `CREATE DATABASE IF NOT EXISTS \`${options.database}\``);
		await follow(primary, replica, accounts);
		await pair.caughtUp();
		return pair;
	} catch (error) {
		await stop();
		throw error;
	}
}

const password = (): string => randomBytes(16).toString("hex");

async function startOne(
	role: "primary" | "replica",
	options: MariaDbOptions,
	accounts: Accounts
): Promise<MariaDb> {
	const command = mariaDbCommand();
	if (!command) throw new Error("MariaDB is not installed: npm run setup:servers");
	const dataDir = join(options.dataDir, role);
	const temporary = join(dataDir, "tmp");
	mkdirSync(temporary, { recursive: true });
	const tables = join(dataDir, "data");
	if (!existsSync(tables)) {
		// Under another name first, so that an install cut short is not taken for a whole one.
		const half = join(dataDir, "data.new");
		rmSync(half, { recursive: true, force: true });
		await installMariaDb(half, temporary);
		renameSync(half, tables);
	}
	const initFile = join(dataDir, "init.sql");
	writeFileSync(initFile, initSql(accounts), { mode: 0o600 });
	const admin = (port: number) => `mysql://admin:${accounts.admin}@127.0.0.1:${port}/mysql`;
	const server = await startLocalServer({
		name: `mariadb-${role}`,
		command,
		dataDir,
		arguments: (port) =>
			mariaDbArguments({ role, port, tables, temporary, initFile, small: options.small }),
		url: (port) => `mysql://app:${accounts.app}@127.0.0.1:${port}/${options.database}`,
		async ping(port) {
			// The password is new, so only our own child lets us in; the folder is the second look.
			const [row] = await query<{ folder: string }>(admin(port), "SELECT @@datadir AS folder");
			if (realpathSync(row?.folder ?? "/") !== realpathSync(tables)) {
				throw new Error("another server has this port");
			}
		}
	});
	return Object.assign(server, { adminUrl: admin(server.port) });
}

/** One statement per line, as mariadbd wants it; not written to the binary log. */
function initSql(accounts: Accounts): string {
	// No right that passes `read_only`: the replica refuses the platform's writes, as in real life.
	const rights =
		"SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, " +
		"CREATE TEMPORARY TABLES, PROCESS";
	return [
		"SET sql_log_bin = 0",
		"DELETE FROM mysql.global_priv WHERE User IN ('', 'root', 'app', 'admin', 'replicator')",
		"FLUSH PRIVILEGES",
		`CREATE USER admin@'127.0.0.1' IDENTIFIED BY '${accounts.admin}'`,
		"GRANT ALL ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION",
		`CREATE USER replicator@'127.0.0.1' IDENTIFIED BY '${accounts.replicator}'`,
		"GRANT REPLICATION SLAVE ON *.* TO replicator@'127.0.0.1'",
		`CREATE USER app@'127.0.0.1' IDENTIFIED BY '${accounts.app}'`,
		`GRANT ${rights} ON *.* TO app@'127.0.0.1'`
	]
		.map((line) => `${line};\n`)
		.join("");
}

/** Points the replica at the primary; it goes on where its own tables say it stopped. */
async function follow(primary: MariaDb, replica: MariaDb, accounts: Accounts): Promise<void> {
	const statements = [
		"STOP SLAVE",
		`CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${primary.port}, ` +
			`MASTER_USER = 'replicator', MASTER_PASSWORD = '${accounts.replicator}', ` +
			"MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1",
		"START SLAVE"
	];
	for (const statement of statements) await query(replica.adminUrl, statement);
}

async function caughtUp(primary: MariaDb, replica: MariaDb): Promise<void> {
	const [at] = await query<{ position: string }>(
		primary.adminUrl,
		"SELECT @@gtid_binlog_pos AS position"
	);
	const [row] = await query<{ late: number }>(
		replica.adminUrl,
		`SELECT MASTER_GTID_WAIT('${at?.position ?? ""}', ${catchUpSeconds}) AS late`
	);
	if (Number(row?.late) === 0) return;
	const [status] = await query<Record<string, unknown>>(replica.adminUrl, "SHOW SLAVE STATUS");
	const reason = status?.Last_SQL_Error || status?.Last_IO_Error || "no error was given";
	throw new Error(`The replica does not follow the primary: ${reason}`);
}

/** One statement on a connection of its own. */
export async function query<Row>(url: string, text: string): Promise<Row[]> {
	let connection: Connection | undefined;
	try {
		connection = await createConnection({ uri: url, connectTimeout: 5_000 });
		const [rows] = await connection.query(text);
		return rows as Row[];
	} finally {
		connection?.destroy();
	}
}
