import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// The unique keys with the id last hold nothing that could repeat: they are indexes for lists.
	`rooms_rooms (
		id BIGINT NOT NULL PRIMARY KEY,
		host_id BIGINT NOT NULL,
		title VARCHAR(100) NOT NULL,
		cover_url VARCHAR(500),
		category VARCHAR(32) NOT NULL,
		status VARCHAR(16) NOT NULL,
		starts_at DATETIME(3),
		created_at DATETIME(3) NOT NULL,
		viewers INTEGER NOT NULL,
		heat INTEGER NOT NULL,
		session_id BIGINT,
		generation BIGINT NOT NULL,
		closed_generation BIGINT NOT NULL,
		streaming INTEGER NOT NULL,
		aired INTEGER NOT NULL,
		paused_by VARCHAR(16),
		paused_at DATETIME(3),
		heard_at DATETIME(3),
		stream_info VARCHAR(1000),
		key_id VARCHAR(32),
		key_hash VARBINARY(32),
		key_expires_at DATETIME(3),
		CONSTRAINT rooms_rooms_host UNIQUE (host_id, id),
		CONSTRAINT rooms_rooms_new UNIQUE (status, created_at, id),
		CONSTRAINT rooms_rooms_heat UNIQUE (status, heat, id),
		CONSTRAINT rooms_rooms_category UNIQUE (category, status, heat, id)
	)`,
	// The host of an open session and null afterwards: the key lets a host have one at a time.
	`rooms_sessions (
		id BIGINT NOT NULL PRIMARY KEY,
		room_id BIGINT NOT NULL,
		host_id BIGINT NOT NULL,
		live_host_id BIGINT,
		started_at DATETIME(3) NOT NULL,
		ended_at DATETIME(3),
		end_reason VARCHAR(16),
		peak_viewers INTEGER NOT NULL,
		likes INTEGER NOT NULL,
		CONSTRAINT rooms_sessions_live_host_id UNIQUE (live_host_id),
		CONSTRAINT rooms_sessions_room UNIQUE (room_id, started_at, id)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
