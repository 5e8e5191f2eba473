/** Errors of the database, told apart the same way on both dialects. */
import { errors } from "../../lib/errors.ts";

export const sqlErrors = errors({
	QUERY_OUTSIDE_TRANSACTION: [
		500,
		"A query inside a transaction does not use it: pass tx, or read before the transaction opens."
	],
	NESTED_TRANSACTION: [500, "A transaction is open already: pass its tx on."],
	TRANSACTION_FINISHED: [500, "The transaction is over."],
	TRANSACTION_TOO_LONG: [503, "The transaction took too long and was undone."],
	COMMIT_OUTCOME_UNKNOWN: [503, "The database did not say whether the change was kept."]
});

interface DriverError {
	code?: unknown;
	errno?: unknown;
	fatal?: unknown;
	message?: unknown;
	constraint?: unknown;
	columns?: unknown;
	parent?: unknown;
}

/** Sequelize wraps what the driver threw. */
function driverError(error: unknown): DriverError {
	if (typeof error !== "object" || error === null) return {};
	const { parent } = error as DriverError;
	return typeof parent === "object" && parent !== null ? parent : error;
}

/** 1213 deadlock, 1205 lock wait timeout, 1020 record changed since last read (MariaDB). */
const conflicts: ReadonlySet<unknown> = new Set([1213, 1205, 1020]);

/** Another transaction stood in the way; the same work may succeed when run again. */
export const isConflict = (error: unknown): boolean => {
	const { errno, code } = driverError(error);
	return conflicts.has(errno) || code === "SQLITE_BUSY";
};

const connectionCodes: ReadonlySet<unknown> = new Set([
	"PROTOCOL_CONNECTION_LOST",
	"PROTOCOL_SEQUENCE_TIMEOUT",
	"ECONNREFUSED",
	"ECONNRESET",
	"EPIPE",
	"ETIMEDOUT",
	"ENOTFOUND",
	"EHOSTUNREACH",
	// The server is going down or has ended the connection.
	"ER_SERVER_SHUTDOWN",
	"ER_CONNECTION_KILLED",
	"ER_CON_COUNT_ERROR"
]);

/** The server did not answer, or will not answer on this connection again. */
export const isConnectionError = (error: unknown): boolean => {
	const { code, fatal } = driverError(error);
	return fatal === true || connectionCodes.has(code);
};

/** The name of the key in what MySQL says: `Duplicate entry '…' for key 'table.name'`. */
export const duplicateKey = (message: string): string =>
	/ for key '(?:[^']*\.)?([^'.]*)'$/.exec(message)?.[1] ?? "";

/**
 * Whether a unique key refused the row. `name` narrows it to a constraint as the migration named
 * it (`CONSTRAINT users_phone_hash UNIQUE (phone_hash)`), to `"PRIMARY"`, or to a column whose key
 * is named `<table>_<column>`.
 */
export function isUniqueViolation(error: unknown, name?: string): boolean {
	const failure = driverError(error);
	const { errno, code, columns } = failure;
	const unique =
		errno === 1062 || ((errno === 2067 || errno === 1555) && code === "SQLITE_CONSTRAINT");
	if (!unique || name === undefined) return unique;
	const constraint = failure.constraint ?? duplicateKey(String(failure.message));
	if (constraint === name) return true;
	if (Array.isArray(columns)) return columns.includes(name);
	return typeof constraint === "string" && constraint.endsWith(`_${name}`);
}
