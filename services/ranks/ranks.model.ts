/** The tables `ranks_state` and `ranks_totals`. */
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { Total } from "./ranks.rules.ts";

export interface RanksState {
	/** Which sums are read. */
	readonly generation: number;
	/** Which are being made anew beside them. */
	readonly building: number | null;
}

interface StateRow {
	generation: number;
	building: number | null;
}

const stateOf = (row: StateRow | undefined): RanksState => {
	if (!row) throw new Error("ranks_state has lost its row.");
	const building = row.building === null ? null : Number(row.building);
	return { generation: Number(row.generation), building };
};

const selectState = "SELECT generation, building FROM ranks_state WHERE id = 1";

export async function readState(db: Queryable): Promise<RanksState> {
	const [row] = await db.query<StateRow>(selectState);
	return stateOf(row);
}

/** Nobody counts and nobody switches generations until `tx` ends. */
export async function lockState(tx: Transaction): Promise<RanksState> {
	const [row] = await tx.query<StateRow>(`${selectState} ${tx.forUpdate}`);
	return stateOf(row);
}

export async function writeState(tx: Transaction, state: RanksState): Promise<void> {
	await tx.execute("UPDATE ranks_state SET generation = ?, building = ? WHERE id = 1", [
		state.generation,
		state.building
	]);
}

interface TotalRow {
	user_id: number;
	coins: number;
	reached_at: number;
}

const totalOf = (row: TotalRow): Total => ({
	userId: String(row.user_id),
	coins: Number(row.coins),
	reachedAt: Number(row.reached_at)
});

export interface Board {
	readonly generation: number;
	readonly board: string;
}

/** The first of a ranking, in the order of `byPlace`. */
export async function topOf(
	db: Queryable,
	{ generation, board }: Board,
	limit: number
): Promise<Total[]> {
	const rows = await db.query<TotalRow>(
		`SELECT user_id, coins, reached_at FROM ranks_totals WHERE generation = ? AND board = ?
			ORDER BY coins DESC, reached_at, user_id LIMIT ?`,
		[generation, board, limit]
	);
	return rows.map(totalOf);
}

/** Of these users, by id; those who gave nothing are left out. */
export async function totalsOf(
	db: Queryable,
	{ generation, board }: Board,
	userIds: readonly string[]
): Promise<Map<string, Total>> {
	if (userIds.length === 0) return new Map();
	const rows = await db.query<TotalRow>(
		`SELECT user_id, coins, reached_at FROM ranks_totals
			WHERE generation = ? AND board = ? AND user_id IN ${placeholders(1, userIds.length)}`,
		[generation, board, ...userIds]
	);
	return new Map(rows.map((row) => [String(row.user_id), totalOf(row)]));
}

export async function insertTotals(
	tx: Transaction,
	{ generation, board }: Board,
	totals: readonly Total[]
): Promise<void> {
	if (totals.length === 0) return;
	await tx.execute(
		`INSERT INTO ranks_totals (generation, board, user_id, coins, reached_at)
			VALUES ${placeholders(totals.length, 5)}`,
		totals.flatMap(({ userId, coins, reachedAt }) => [generation, board, userId, coins, reachedAt])
	);
}

export async function updateTotal(
	tx: Transaction,
	{ generation, board }: Board,
	{ userId, coins, reachedAt }: Total
): Promise<void> {
	await tx.execute(
		`UPDATE ranks_totals SET coins = ?, reached_at = ?
			WHERE generation = ? AND board = ? AND user_id = ?`,
		[coins, reachedAt, generation, board, userId]
	);
}

/** At most `limit` rows of generations that are not read; how many they were. */
export async function deleteUnread(
	tx: Transaction,
	{ generation, building }: RanksState,
	limit: number
): Promise<number> {
	const rows = await tx.query<{ generation: number; board: string; user_id: number }>(
		`SELECT generation, board, user_id FROM ranks_totals
			WHERE generation NOT IN (?, ?) LIMIT ?`,
		[generation, building ?? generation, limit]
	);
	for (const row of rows) {
		await tx.execute(
			"DELETE FROM ranks_totals WHERE generation = ? AND board = ? AND user_id = ?",
			[row.generation, row.board, row.user_id]
		);
	}
	return rows.length;
}
