import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	`follows_follows (
		user_id BIGINT NOT NULL,
		host_id BIGINT NOT NULL,
		followed_at DATETIME(3) NOT NULL,
		PRIMARY KEY (user_id, host_id)
	)`,
	// Counted here, since counting the rows of a star would read a million of them each time.
	`follows_fans (
		host_id BIGINT NOT NULL PRIMARY KEY,
		fans BIGINT NOT NULL
	)`,
	// One row for each time that a host went live; who follows them reads it.
	`follows_notices (
		id BIGINT NOT NULL PRIMARY KEY,
		host_id BIGINT NOT NULL,
		room_id BIGINT NOT NULL,
		noticed_at DATETIME(3) NOT NULL,
		CONSTRAINT follows_notices_host UNIQUE (host_id, id),
		CONSTRAINT follows_notices_noticed_at UNIQUE (noticed_at, id)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
