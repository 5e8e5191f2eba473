/** What a model function knows of the database: it is given `sql`, a replica or a `tx`. */
import type { SqlValue } from "./values.ts";

export interface Queryable {
	readonly dialect: "sqlite" | "mysql";
	/**
	 * Rows of a SELECT. Each `?` stands for one value. BIGINT is a number up to 2^53 and a string
	 * beyond; DATETIME columns are `Date`.
	 */
	query<Row = Record<string, unknown>>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
	/** `affectedRows` counts the rows that the condition found, changed or not. */
	execute(text: string, values?: readonly SqlValue[]): Promise<{ affectedRows: number }>;
	/** Appended to a SELECT inside a transaction; a transaction on SQLite holds the whole file. */
	readonly forUpdate: "FOR UPDATE" | "";
}
