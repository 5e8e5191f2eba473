import type { Transaction } from "./transaction.ts";
import { placeholders } from "./values.ts";

/**
 * Locks the rows with these ids, lowest first, and returns them in that order; ids without a row
 * are left out. Whoever locks several rows of a table does it here: two transactions that take
 * the same rows in the same order wait for each other and cannot deadlock.
 *
 * `table` is a name from the source, never from a request.
 */
export async function lockInOrder<Row = Record<string, unknown>>(
	tx: Transaction,
	table: string,
	ids: readonly string[]
): Promise<Row[]> {
	if (!/^[a-z][a-z0-9_]*$/.test(table)) throw new TypeError("The table name is malformed.");
	const sorted = [...new Set(ids.map(BigInt))].sort((a, b) => (a < b ? -1 : 1));
	if (sorted.length === 0) return [];
	// The range goes over the primary key, so the server visits, and locks, in this order.
	const range = `WHERE id IN ${placeholders(1, sorted.length)}`;
	return tx.query<Row>(`SELECT * FROM ${table} ${range} ORDER BY id ${tx.forUpdate}`, sorted);
}
