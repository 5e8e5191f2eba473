/** Errors of node:sqlite in the form of the `sqlite3` package, which Sequelize reads. */
import type { DatabaseSync } from "node:sqlite";

/** Primary result codes of SQLite that somebody tells apart; https://sqlite.org/rescode.html. */
const names: Readonly<Record<number, string>> = {
	5: "SQLITE_BUSY",
	6: "SQLITE_LOCKED",
	8: "SQLITE_READONLY",
	10: "SQLITE_IOERR",
	11: "SQLITE_CORRUPT",
	13: "SQLITE_FULL",
	14: "SQLITE_CANTOPEN",
	19: "SQLITE_CONSTRAINT",
	26: "SQLITE_NOTADB"
};
const uniqueCode = 2067;
const primaryKeyCode = 1555;

export interface SqliteError extends Error {
	code: string;
	/** The extended result code. */
	errno: number;
	sql?: string;
	/** Set on unique violations: the name given in the migration, and the columns. */
	constraint?: string;
	columns?: string[];
}

const make = (code: string, errno: number, message: string): SqliteError =>
	Object.assign(new Error(`${code}: ${message}`), { code, errno });

export const busy = (why: string): SqliteError => make("SQLITE_BUSY", 5, why);

/** `text` is the SQL with its placeholders: values never get into an error. */
export function sqliteError(error: unknown, text: string, database: DatabaseSync): unknown {
	if (!(error instanceof Error) || !("errcode" in error)) return error;
	const errno = error.errcode as number;
	const made = make(names[errno & 0xff] ?? "SQLITE_ERROR", errno, error.message);
	made.sql = text;
	if (errno === uniqueCode || errno === primaryKeyCode) Object.assign(made, key(made, database));
	return made;
}

function key(error: SqliteError, database: DatabaseSync) {
	const list = error.message.split("constraint failed: ")[1];
	if (!list || list.startsWith("index ")) return { constraint: list?.split("'")[1] ?? "" };
	const table = list.split(".")[0] ?? "";
	const columns = list.split(", ").map((column) => column.slice(table.length + 1));
	if (error.errno === primaryKeyCode) return { constraint: "PRIMARY", columns };
	return { constraint: constraintName(database, table, columns), columns };
}

/** SQLite forgets the name of a constraint, except in the text that made the table. */
function constraintName(database: DatabaseSync, table: string, columns: string[]): string {
	const wanted = columns.join(",").toLowerCase();
	const same = (list: string) => list.replace(/[\s"`[\]]/g, "").toLowerCase() === wanted;
	const rows = database
		.prepare("SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL")
		.all(table) as { name: string; sql: string }[];
	for (const { name, sql } of rows) {
		const index = /CREATE\s+UNIQUE\s+INDEX[^(]*\(([^)]*)\)/i.exec(sql);
		if (index?.[1] !== undefined && same(index[1])) return name;
		for (const match of sql.matchAll(/CONSTRAINT\s+["`]?(\w+)["`]?\s+UNIQUE\s*\(([^)]*)\)/gi)) {
			if (match[1] && match[2] !== undefined && same(match[2])) return match[1];
		}
	}
	return "";
}
