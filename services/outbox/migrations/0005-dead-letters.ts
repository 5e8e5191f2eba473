import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** Rows stay until somebody replays them: each is something that has not been done. */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS outbox_dead_letters (
			id VARCHAR(36) NOT NULL PRIMARY KEY,
			source VARCHAR(8) NOT NULL,
			channel VARCHAR(100) NOT NULL,
			consumer VARCHAR(64),
			message_id VARCHAR(36) NOT NULL,
			payload TEXT NOT NULL,
			attempts INTEGER NOT NULL,
			error TEXT NOT NULL,
			buried_at DATETIME(3) NOT NULL,
			CONSTRAINT outbox_dead_letters_message UNIQUE (message_id, consumer)
		)${tableOptions(db)}`
	);
}
