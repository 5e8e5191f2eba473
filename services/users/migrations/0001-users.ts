import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/**
 * Profiles lie in 16 tables by the remainder of the id. What must be unique over all of them, the
 * phone and the name, lies in one directory table each: a unique key per shard would let two
 * users in two shards have the same phone.
 *
 * The key on (key_id, user_id) is what the rotation of phone keys reads by. It is written as
 * UNIQUE because that is the one index that both dialects let stand inside CREATE TABLE.
 */
export async function up(db: Queryable): Promise<void> {
	for (let shard = 0; shard < 16; shard++) {
		await db.execute(
			`CREATE TABLE IF NOT EXISTS users_profiles_${String(shard).padStart(2, "0")} (
				id BIGINT NOT NULL PRIMARY KEY,
				nickname VARCHAR(64) NOT NULL,
				avatar_url VARCHAR(500),
				level INTEGER NOT NULL,
				status VARCHAR(16) NOT NULL,
				ban_reason VARCHAR(400),
				created_at DATETIME(3) NOT NULL,
				updated_at DATETIME(3) NOT NULL
			)${tableOptions(db)}`
		);
	}
	await db.execute(
		`CREATE TABLE IF NOT EXISTS users_phones (
			user_id BIGINT NOT NULL PRIMARY KEY,
			phone_index VARBINARY(32) NOT NULL,
			key_id VARCHAR(16) NOT NULL,
			phone_sealed VARBINARY(64) NOT NULL,
			CONSTRAINT users_phones_phone_index UNIQUE (phone_index),
			CONSTRAINT users_phones_key_id UNIQUE (key_id, user_id)
		)${tableOptions(db)}`
	);
	await db.execute(
		`CREATE TABLE IF NOT EXISTS users_names (
			user_id BIGINT NOT NULL PRIMARY KEY,
			username VARCHAR(64) NOT NULL,
			CONSTRAINT users_names_username UNIQUE (username)
		)${tableOptions(db)}`
	);
}
