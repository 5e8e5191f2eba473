import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// One row per user: whoever changes a cart locks it first, so that its bound holds.
	`carts_users (
		user_id BIGINT NOT NULL PRIMARY KEY,
		changes BIGINT NOT NULL
	)`,
	// What the SKU cost when it was put in, to say later that it costs something else.
	`carts_lines (
		user_id BIGINT NOT NULL,
		sku_id BIGINT NOT NULL,
		room_id BIGINT NULL,
		quantity INTEGER NOT NULL,
		selected BOOLEAN NOT NULL,
		price BIGINT NOT NULL,
		added_at DATETIME(3) NOT NULL,
		PRIMARY KEY (user_id, sku_id),
		CONSTRAINT carts_lines_quantity CHECK (quantity > 0)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
