/** Prepared statements of one SQLite connection, kept by their text, and the reading of rows. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { limits } from "../../config/limits.ts";
import { exactInteger, type SqliteValue } from "./values.ts";

export interface Outcome {
	readonly rows: Record<string, unknown>[];
	readonly affectedRows: number;
	readonly lastId: number;
}

interface Prepared {
	readonly statement: StatementSync;
	/** Empty for statements that return no rows. */
	readonly columns: readonly { name: string; date: boolean }[];
	readonly changesRows: boolean;
	readonly changesSchema: boolean;
}

type Values = readonly SqliteValue[] | Record<string, SqliteValue>;

export class Statements {
	readonly #database: DatabaseSync;
	readonly #prepared = new Map<string, Prepared>();

	constructor(database: DatabaseSync) {
		this.#database = database;
	}

	clear(): void {
		this.#prepared.clear();
	}

	run(request: { text: string; values: Values; dates: boolean }): Outcome {
		const prepared = this.#prepared.get(request.text) ?? this.#prepare(request.text);
		const { statement, columns } = prepared;
		// Named values (Sequelize) are the first argument, those for `?` are the rest.
		const values = (
			Array.isArray(request.values) ? request.values : [request.values]
		) as SqliteValue[];
		if (columns.length > 0) {
			const rows = statement.all(...values) as unknown as unknown[][];
			return {
				rows: rows.map((row) => read(row, columns, request.dates)),
				affectedRows: 0,
				lastId: 0
			};
		}
		const { changes, lastInsertRowid } = statement.run(...values);
		if (prepared.changesSchema) this.clear();
		return {
			rows: [],
			// SQLite keeps the count of the last change also after statements that change none.
			affectedRows: prepared.changesRows ? Number(changes) : 0,
			lastId: Number(lastInsertRowid)
		};
	}

	#prepare(text: string): Prepared {
		const statement = this.#database.prepare(text);
		// SQLite takes the first statement and ignores the rest; MySQL refuses.
		if (statement.sourceSQL.trim().length < text.trim().length) {
			throw new TypeError("One statement at a time.");
		}
		statement.setReadBigInts(true);
		statement.setReturnArrays(true);
		const prepared: Prepared = {
			statement,
			columns: statement.columns().map(({ name, type }) => ({
				name,
				date: type?.toUpperCase().startsWith("DATETIME") ?? false
			})),
			changesRows: /^\s*(insert|update|delete|replace|with)\b/i.test(text),
			changesSchema: /^\s*(create|alter|drop)\b/i.test(text)
		};
		if (this.#prepared.size >= limits.sqlitePreparedStatementsMax) {
			const [oldest] = this.#prepared.keys();
			if (oldest !== undefined) this.#prepared.delete(oldest);
		}
		if (!prepared.changesSchema) this.#prepared.set(text, prepared);
		return prepared;
	}
}

function read(values: unknown[], columns: Prepared["columns"], dates: boolean) {
	const row: Record<string, unknown> = {};
	for (let index = 0; index < columns.length; index += 1) {
		const column = columns[index] as Prepared["columns"][number];
		const value = values[index];
		if (typeof value === "bigint") row[column.name] = exactInteger(value);
		else if (dates && column.date && typeof value === "string") row[column.name] = readDate(value);
		else if (value instanceof Uint8Array) {
			row[column.name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
		} else row[column.name] = value;
	}
	return row;
}

/** `2026-11-21 09:00:00.000 +00:00`, always UTC; the milliseconds may be missing. */
const readDate = (text: string): Date =>
	new Date(`${text.slice(0, 10)}T${/^[\d:.]+/.exec(text.slice(11))?.[0] ?? ""}Z`);
