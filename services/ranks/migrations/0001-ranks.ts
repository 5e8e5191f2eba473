import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// One row: which generation of sums is read, and which is being made beside it, if any.
	`ranks_state (
		id INTEGER NOT NULL PRIMARY KEY,
		generation INTEGER NOT NULL,
		building INTEGER
	)`,
	`ranks_totals (
		generation INTEGER NOT NULL,
		board VARCHAR(64) NOT NULL,
		user_id BIGINT NOT NULL,
		coins BIGINT NOT NULL,
		reached_at BIGINT NOT NULL,
		PRIMARY KEY (generation, board, user_id),
		CONSTRAINT ranks_totals_place UNIQUE (generation, board, coins, reached_at, user_id),
		CONSTRAINT ranks_totals_coins_range CHECK (coins > 0)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
	const rows = await db.query("SELECT id FROM ranks_state");
	if (rows.length > 0) return;
	await db.execute("INSERT INTO ranks_state (id, generation) VALUES (1, 1)");
}
