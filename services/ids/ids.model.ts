/** The table `ids_segments`: for each name, the first number that nobody owns yet. */
import { limits } from "../../config/limits.ts";
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";
import type { Generator } from "./ids.rules.ts";

interface Row {
	next_value: number;
	step: number;
	version: number;
}

/**
 * Moves `next_value` past `steps` steps and returns the run of numbers that this made ours. The
 * version makes it one winner per move; the others look again. An UPDATE whose answer was lost
 * with the connection leaves a gap, never a duplicate.
 */
export async function claim(
	db: Queryable,
	name: string,
	want: { generator: Generator; steps: number }
): Promise<{ first: number; size: number }> {
	for (let attempt = 0; attempt < limits.idsClaimAttemptsMax; attempt++) {
		const [row] = await db.query<Row>(
			"SELECT next_value, step, version FROM ids_segments WHERE name = ?",
			[name]
		);
		if (!row) {
			await create(db, name, want.generator);
			continue;
		}
		const first = Number(row.next_value);
		const size = row.step * want.steps;
		if (first + size > limits.idMax) throw new Error(`The ids of "${name}" are used up.`);
		const { affectedRows } = await db.execute(
			"UPDATE ids_segments SET next_value = next_value + ?, version = version + 1 " +
				"WHERE name = ? AND version = ?",
			[size, name, row.version]
		);
		if (affectedRows === 1) return { first, size };
	}
	throw new Error(`Others won the segment of "${name}" ${limits.idsClaimAttemptsMax} times.`);
}

/** The first use of a name anywhere. Two instances may try at once: one row stands. */
async function create(db: Queryable, name: string, generator: Generator): Promise<void> {
	try {
		await db.execute(
			"INSERT INTO ids_segments (name, next_value, step, version) VALUES (?, ?, ?, 1)",
			[name, generator.first, generator.step]
		);
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
	}
}

/** How far each name has come, for people who look in. */
export interface Segment {
	readonly name: string;
	/** The first number that nobody owns yet. */
	readonly nextValue: number;
	readonly step: number;
	readonly version: number;
}

export async function listSegments(db: Queryable): Promise<Segment[]> {
	const rows = await db.query<Row & { name: string }>(
		"SELECT name, next_value, step, version FROM ids_segments ORDER BY name"
	);
	return rows.map(({ name, next_value, step, version }) => ({
		...{ name, nextValue: Number(next_value), step, version }
	}));
}

/** Leaves out the next `count` numbers of every name; after a restore, see scripts/restore.ts. */
export async function skipAhead(db: Queryable, count: number): Promise<void> {
	await db.execute("UPDATE ids_segments SET next_value = next_value + ?, version = version + 1", [
		count
	]);
}
