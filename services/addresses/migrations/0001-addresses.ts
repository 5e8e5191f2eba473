import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// `default_of` is the user of a default and null for all others: the key lets a user have one.
	`addresses_addresses (
		id BIGINT NOT NULL PRIMARY KEY,
		user_id BIGINT NOT NULL,
		default_of BIGINT NULL,
		name VARCHAR(64) NOT NULL,
		phone VARCHAR(32) NOT NULL,
		country CHAR(2) NOT NULL,
		city VARCHAR(64) NOT NULL,
		line1 VARCHAR(200) NOT NULL,
		line2 VARCHAR(200) NULL,
		postal_code VARCHAR(16) NOT NULL,
		created_at DATETIME(3) NOT NULL,
		CONSTRAINT addresses_addresses_user UNIQUE (user_id, id),
		CONSTRAINT addresses_addresses_default_of UNIQUE (default_of),
		CONSTRAINT addresses_addresses_own CHECK (default_of IS NULL OR default_of = user_id)
	)`,
	// One row per user: who changes their addresses locks it first, so that they take turns.
	"addresses_users (user_id BIGINT NOT NULL PRIMARY KEY, changes BIGINT NOT NULL)"
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
