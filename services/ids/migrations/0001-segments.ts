import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** `step` may be changed by hand; it is read each time a segment is claimed. */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS ids_segments (
			name VARCHAR(64) NOT NULL PRIMARY KEY,
			next_value BIGINT NOT NULL,
			step INTEGER NOT NULL,
			version BIGINT NOT NULL
		)${tableOptions(db)}`
	);
}
