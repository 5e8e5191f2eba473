import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** One row: the newest canary that was sent, and the newest that arrived (when it was sent). */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS outbox_canary (
			id INTEGER NOT NULL PRIMARY KEY,
			sent_at DATETIME(3) NOT NULL,
			arrived_sent_at DATETIME(3)
		)${tableOptions(db)}`
	);
}
