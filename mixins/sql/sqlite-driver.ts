/**
 * The part of the `sqlite3` package that Sequelize uses, over Node's own `node:sqlite`: given to
 * Sequelize as `dialectModule`. Each `Database` is one user of the shared file.
 */
import { type Outcome, type Request, SqliteFile } from "./sqlite-file.ts";
import { type SqliteValue, type SqlValue, sqliteValue, sqliteValues } from "./values.ts";

type Callback<Result = void> = (this: Statement, error: Error | null, result?: Result) => void;

/** `this` of a callback; Sequelize reads the id and the count from it. */
class Statement {
	readonly sql: string;
	lastID = 0;
	changes = 0;
	constructor(sql: string) {
		this.sql = sql;
	}
}

type Rows = Record<string, unknown>[];
type Parameters = readonly SqlValue[] | Record<string, SqlValue>;

export class Database {
	readonly filename: string;
	/** Set by Sequelize on connections that belong to a transaction. */
	uuid: string | undefined;
	readonly #file: SqliteFile;
	#closed = false;

	constructor(filename: string, _mode?: number, callback?: (error: Error | null) => void) {
		this.filename = filename;
		this.#file = SqliteFile.open(filename);
		if (callback) queueMicrotask(() => callback(null));
	}

	/** Whether this user of the file is inside a transaction. */
	get inTransaction(): boolean {
		return this.#file.holds(this);
	}

	/** The short way of our own statements: `?` and checked values only, dates as `Date`. */
	async execute(text: string, values: readonly SqlValue[]): Promise<Outcome> {
		return this.#run({ text, values: sqliteValues(text, values), dates: true });
	}

	run(sql: string, parameters?: Parameters | Callback, callback?: Callback): this {
		this.#call(sql, parameters, callback);
		return this;
	}

	all(sql: string, parameters?: Parameters | Callback<Rows>, callback?: Callback<Rows>): this {
		this.#call(sql, parameters, callback);
		return this;
	}

	exec(sql: string, callback?: (error: Error | null) => void): this {
		this.#file.script(this, sql).then(
			() => callback?.(null),
			(error: Error) => callback?.(error)
		);
		return this;
	}

	/** Statements of one connection are in order always. */
	serialize(callback?: () => void): void {
		callback?.();
	}

	close(callback?: (error: Error | null) => void): void {
		if (!this.#closed) {
			this.#closed = true;
			this.#file.close(this);
		}
		if (callback) queueMicrotask(() => callback(null));
	}

	async #run(request: Request): Promise<Outcome> {
		if (this.#closed) throw new Error("The connection is closed.");
		return this.#file.run(this, request);
	}

	#call<Result>(
		sql: string,
		parameters: Parameters | Callback<Result> | undefined,
		callback: Callback<Result> | undefined
	): void {
		const done = typeof parameters === "function" ? parameters : callback;
		const given = typeof parameters === "function" ? [] : (parameters ?? []);
		const statement = new Statement(sql);
		this.#run({ text: sql, values: bind(given), dates: false }).then(
			(outcome) => {
				statement.lastID = outcome.lastId;
				statement.changes = outcome.affectedRows;
				done?.call(statement, null, outcome.rows as Result);
			},
			(error: Error) => done?.call(statement, error)
		);
	}
}

function bind(parameters: Parameters): SqliteValue[] | Record<string, SqliteValue> {
	if (Array.isArray(parameters)) return parameters.map(sqliteValue);
	const named: Record<string, SqliteValue> = {};
	for (const [name, value] of Object.entries(parameters)) named[name] = sqliteValue(value);
	return named;
}

/** What `require("sqlite3")` would give. */
export const sqliteDriver = {
	Database,
	OPEN_READONLY: 1,
	OPEN_READWRITE: 2,
	OPEN_CREATE: 4
} as const;
