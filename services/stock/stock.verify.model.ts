/** What a check of all stock reads. Each statement sees one moment; none locks anything. */
import type { Queryable } from "../../mixins/sql/index.ts";
import type { LevelRow } from "./stock.model.ts";

export interface MovementRow {
	level_id: number;
	sequence: number;
	kind: string;
	reference: string;
	settled: string | null;
	quantity: number;
	on_hand: number;
	reserved: number;
	sold: number;
	actor_id: number | null;
	reason: string | null;
	at: Date;
	hash: string;
}

/** Levels in the order of their ids. */
export const levelsAfter = (db: Queryable, id: number, count: number): Promise<LevelRow[]> =>
	db.query("SELECT * FROM stock_levels WHERE id > ? ORDER BY id LIMIT ?", [id, count]);

export const movementsAfter = (
	db: Queryable,
	query: { levelId: number; sequence: number; until: number; count: number }
): Promise<MovementRow[]> =>
	db.query(
		`SELECT * FROM stock_movements WHERE level_id = ? AND sequence > ? AND sequence <= ?
			ORDER BY sequence LIMIT ?`,
		[query.levelId, query.sequence, query.until, query.count]
	);

/** Levels that have movements and no row. */
export async function orphans(db: Queryable, count: number): Promise<number[]> {
	const rows = await db.query<{ level_id: number }>(
		`SELECT DISTINCT m.level_id FROM stock_movements m
			LEFT JOIN stock_levels l ON l.id = m.level_id
			WHERE l.id IS NULL LIMIT ?`,
		[count]
	);
	return rows.map(({ level_id }) => level_id);
}

export async function countMovements(db: Queryable): Promise<number> {
	const [row] = await db.query<{ count: number }>("SELECT COUNT(*) AS count FROM stock_movements");
	return Number(row?.count ?? 0);
}
