import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** What each consumer has done: written in the transaction of the effect itself. */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS outbox_consumed (
			consumer VARCHAR(64) NOT NULL,
			message_id VARCHAR(36) NOT NULL,
			consumed_at DATETIME(3) NOT NULL,
			PRIMARY KEY (consumer, message_id)
		)${tableOptions(db)}`
	);
}
