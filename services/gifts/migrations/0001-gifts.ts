import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	`gifts_gifts (
		id BIGINT NOT NULL PRIMARY KEY,
		name_en VARCHAR(80) NOT NULL,
		name_zh VARCHAR(80) NOT NULL,
		name_ko VARCHAR(80) NOT NULL,
		price BIGINT NOT NULL,
		effect VARCHAR(32) NOT NULL,
		icon VARCHAR(32) NOT NULL,
		count_max INTEGER NOT NULL,
		retired_at DATETIME(3),
		created_at DATETIME(3) NOT NULL,
		updated_at DATETIME(3) NOT NULL,
		CONSTRAINT gifts_gifts_price_range CHECK (price > 0 AND count_max > 0)
	)`,
	// The gift stands here as it was given: a price that changes later leaves records true.
	`gifts_records (
		id BIGINT NOT NULL PRIMARY KEY,
		user_id BIGINT NOT NULL,
		intent_key VARCHAR(64) NOT NULL,
		request_hash CHAR(64) NOT NULL,
		room_id BIGINT NOT NULL,
		session_id BIGINT NOT NULL,
		host_id BIGINT NOT NULL,
		gift_id BIGINT NOT NULL,
		gift_name VARCHAR(80) NOT NULL,
		effect VARCHAR(32) NOT NULL,
		icon VARCHAR(32) NOT NULL,
		price BIGINT NOT NULL,
		quantity INTEGER NOT NULL,
		coins BIGINT NOT NULL,
		host_coins BIGINT NOT NULL,
		combo BIGINT NOT NULL,
		balance BIGINT NOT NULL,
		sent_at DATETIME(3) NOT NULL,
		CONSTRAINT gifts_records_intent UNIQUE (user_id, intent_key),
		CONSTRAINT gifts_records_sent UNIQUE (user_id, sent_at, id),
		CONSTRAINT gifts_records_session UNIQUE (session_id, sent_at, id),
		CONSTRAINT gifts_records_coins_range CHECK (
			quantity > 0 AND coins = price * quantity AND host_coins >= 0 AND host_coins <= coins
		)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
