import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// `id` sorts by time. `origin` is what the same message has in common each time it is sent.
	`im_router_inbox (
		id VARCHAR(36) NOT NULL PRIMARY KEY,
		user_id BIGINT NOT NULL,
		origin VARCHAR(120) NOT NULL,
		envelope TEXT NOT NULL,
		sent_at DATETIME(3) NOT NULL,
		acked_at DATETIME(3) NULL,
		CONSTRAINT im_router_inbox_origin UNIQUE (origin),
		CONSTRAINT im_router_inbox_unread UNIQUE (user_id, acked_at, id),
		CONSTRAINT im_router_inbox_acked UNIQUE (acked_at, id),
		CONSTRAINT im_router_inbox_sent UNIQUE (sent_at, id)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
