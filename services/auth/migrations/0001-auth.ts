import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** Nothing here can be used by who reads it: codes and tokens are hashed, keys are sealed. */
const tables = [
	// One row per phone: a new code replaces the old one, so only the last one works.
	`auth_codes (
		phone_index VARBINARY(32) NOT NULL PRIMARY KEY,
		code_id VARBINARY(16) NOT NULL,
		code_hash VARBINARY(32) NOT NULL,
		attempts INTEGER NOT NULL,
		expires_at DATETIME(3) NOT NULL,
		used_at DATETIME(3),
		sent_at DATETIME(3) NOT NULL,
		hour_started_at DATETIME(3) NOT NULL,
		sent_in_hour INTEGER NOT NULL,
		CONSTRAINT auth_codes_sent_at UNIQUE (sent_at, phone_index)
	)`,
	`auth_passwords (
		user_id BIGINT NOT NULL PRIMARY KEY,
		password_hash VARCHAR(255) NOT NULL,
		updated_at DATETIME(3) NOT NULL
	)`,
	// The unique keys below hold nothing that could repeat: they are indexes for the lists.
	`auth_sessions (
		id BIGINT NOT NULL PRIMARY KEY,
		user_id BIGINT NOT NULL,
		device_name VARCHAR(64) NOT NULL,
		created_at DATETIME(3) NOT NULL,
		last_seen_at DATETIME(3) NOT NULL,
		expires_at DATETIME(3) NOT NULL,
		ended_at DATETIME(3),
		end_reason VARCHAR(16),
		CONSTRAINT auth_sessions_user_id UNIQUE (user_id, id),
		CONSTRAINT auth_sessions_ended_at UNIQUE (ended_at, id),
		CONSTRAINT auth_sessions_expires_at UNIQUE (expires_at, id)
	)`,
	`auth_refresh_tokens (
		token_hash VARBINARY(32) NOT NULL PRIMARY KEY,
		session_id BIGINT NOT NULL,
		expires_at DATETIME(3) NOT NULL,
		used_at DATETIME(3),
		CONSTRAINT auth_refresh_tokens_expires_at UNIQUE (expires_at, token_hash)
	)`,
	// The number makes it one key where two nodes make the next one at once.
	`auth_keys (
		key_number INTEGER NOT NULL PRIMARY KEY,
		kid VARCHAR(32) NOT NULL,
		public_x VARCHAR(64) NOT NULL,
		private_sealed VARBINARY(512) NOT NULL,
		active_from DATETIME(3) NOT NULL
	)`,
	// Only the log provider of development writes here; the rows hold codes in the clear.
	`auth_messages (
		id VARCHAR(32) NOT NULL PRIMARY KEY,
		phone VARCHAR(16) NOT NULL,
		message_text VARCHAR(500) NOT NULL,
		code VARCHAR(8),
		sent_at DATETIME(3) NOT NULL,
		CONSTRAINT auth_messages_sent_at UNIQUE (sent_at, id)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
