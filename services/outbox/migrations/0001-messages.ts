import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** A row lives from the commit of its transaction until the bus has it. */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS outbox_messages (
			id VARCHAR(36) NOT NULL PRIMARY KEY,
			channel VARCHAR(100) NOT NULL,
			payload TEXT NOT NULL,
			message_id VARCHAR(36) NOT NULL,
			consumer VARCHAR(64),
			request_id VARCHAR(64),
			attempts INTEGER NOT NULL,
			first_due_at DATETIME(3) NOT NULL,
			due_at DATETIME(3) NOT NULL
		)${tableOptions(db)}`
	);
}
