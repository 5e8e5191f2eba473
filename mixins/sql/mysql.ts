/** MySQL or MariaDB: one primary, perhaps one replica. */
import * as mysql2 from "mysql2";
import { Sequelize } from "sequelize";
import { limits } from "../../config/limits.ts";
import type { Connection, Driver, Result } from "./driver.ts";
import { duplicateKey } from "./errors.ts";
import { exactInteger, mysqlText } from "./values.ts";

/**
 * Strict, so that no value is cut or guessed; `"x"` names a column and `||` joins texts, as in
 * SQLite. Times are UTC. READ COMMITTED takes no gap locks, which would only make deadlocks here.
 */
const session = [
	"SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE," +
		"NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,ANSI_QUOTES,PIPES_AS_CONCAT', " +
		`time_zone = '+00:00', innodb_lock_wait_timeout = ${limits.sqlLockWaitSecondsMax}`,
	"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
];

/** Sequelize keeps these to itself, yet they are what its dialects are built on. */
interface ConnectionManager {
	getConnection(options: { type: "SELECT"; useMaster: boolean }): Promise<mysql2.Connection>;
	releaseConnection(connection: mysql2.Connection): void;
	destroyConnection(connection: mysql2.Connection): Promise<void>;
}

export function openMysql(
	url: string,
	replicaUrl: string | undefined,
	statementMillisecondsMax: number
): Driver {
	const send = sender(statementMillisecondsMax);
	const sequelize = createSequelize(url, replicaUrl);
	const manager = sequelize.connectionManager as unknown as ConnectionManager;
	sequelize.addHook("afterConnect", async (connection: unknown) => {
		for (const text of session) await send(connection as mysql2.Connection, text, text);
	});
	const driver: Driver = {
		dialect: "mysql",
		begin: "START TRANSACTION",
		sequelize,
		hasReplica: replicaUrl !== undefined,
		acquire: async (target) =>
			(await manager.getConnection({
				type: "SELECT",
				useMaster: target === "primary"
			})) as unknown as Connection,
		release: (connection) => manager.releaseConnection(raw(connection)),
		async destroy(connection) {
			// Not `end()`: that would wait for a statement which may never be answered.
			raw(connection).destroy();
			await manager.destroyConnection(raw(connection));
		},
		async run(connection, text, values) {
			const whole = mysqlText(text, values, quote);
			return await send(raw(connection), whole, text);
		},
		async single(target, text, values) {
			const whole = mysqlText(text, values, quote);
			const connection = await driver.acquire(target);
			try {
				const result = await send(raw(connection), whole, text);
				driver.release(connection);
				return result;
			} catch (error) {
				if ((error as { code?: string }).code === timeoutCode) await driver.destroy(connection);
				else driver.release(connection);
				throw error;
			}
		},
		// The server does not say; it ends a transaction itself only with an error that is retried.
		inTransaction: () => true,
		close: () => sequelize.close()
	};
	return driver;
}

function createSequelize(url: string, replicaUrl: string | undefined): Sequelize {
	return new Sequelize({
		dialect: "mysql",
		dialectModule: mysql2,
		logging: false,
		timezone: "+00:00",
		retry: { max: 1, match: [] },
		pool: {
			max: limits.sqlConnectionsMax,
			acquire: limits.sqlAcquireMillisecondsMax
		},
		dialectOptions: {
			connectTimeout: limits.sqlAcquireMillisecondsMax,
			// affectedRows counts the rows found, changed or not: the same as in SQLite.
			flags: ["FOUND_ROWS", "-LOCAL_FILES"]
		},
		...(replicaUrl === undefined
			? address(url)
			: { replication: { write: address(url), read: [address(replicaUrl)] } })
	});
}

function address(url: string) {
	const { hostname, port, username, password, pathname } = new URL(url);
	return {
		host: hostname,
		port: port === "" ? 3306 : Number(port),
		username: decodeURIComponent(username),
		password: decodeURIComponent(password),
		database: decodeURIComponent(pathname.slice(1))
	};
}

const raw = (connection: Connection): mysql2.Connection =>
	connection as unknown as mysql2.Connection;

const quote = (value: string | Buffer): string => mysql2.escape(value);

const timeoutCode = "PROTOCOL_SEQUENCE_TIMEOUT";

type TypeCast = (field: { type: string; string(): string | null }, next: () => unknown) => unknown;

/** SUM() of whole numbers is DECIMAL here and an integer in SQLite; DATE is a text in both. */
const typeCast: TypeCast = (field, next) => {
	if (field.type === "DATE") return field.string();
	if (field.type !== "NEWDECIMAL") return next();
	const text = field.string();
	return text !== null && /^-?\d+$/.test(text) ? exactInteger(text) : text;
};

type Send = (connection: mysql2.Connection, sql: string, template: string) => Promise<Result>;

const sender =
	(timeout: number): Send =>
	(connection, sql, template) =>
		new Promise((resolve, reject) => {
			// Without `values: null` the driver looks through the whole text for placeholders.
			const options = { sql, values: null, typeCast: typeCast as never, timeout };
			connection.query(options, (error, result) => {
				if (error) reject(withoutValues(error, template));
				else if (Array.isArray(result)) {
					resolve({ rows: result as Record<string, unknown>[], affectedRows: 0 });
				} else resolve({ rows: [], affectedRows: (result as mysql2.ResultSetHeader).affectedRows });
			});
		});

/** mysql2 puts the whole SQL and, on duplicates, the value into the error: phones, tokens … */
function withoutValues(error: mysql2.QueryError, template: string): mysql2.QueryError {
	const failure = error as mysql2.QueryError & {
		sql?: string | undefined;
		sqlMessage?: string | undefined;
		constraint?: string;
	};
	failure.sql = template;
	delete failure.sqlMessage;
	if (failure.errno === 1062) {
		const key = duplicateKey(failure.message);
		failure.constraint = key;
		failure.message = `Duplicate entry for key '${key}'`;
	}
	return failure;
}
