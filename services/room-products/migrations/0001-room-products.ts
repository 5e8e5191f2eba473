import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// Who changes a room's goods locks its row first; `version` counts the changes.
	`room_products_rooms (
		room_id BIGINT NOT NULL PRIMARY KEY,
		version BIGINT NOT NULL,
		pinned_sku_id BIGINT NULL
	)`,
	`room_products_goods (
		room_id BIGINT NOT NULL,
		sku_id BIGINT NOT NULL,
		price BIGINT NULL,
		position INTEGER NOT NULL,
		PRIMARY KEY (room_id, sku_id),
		CONSTRAINT room_products_goods_sku UNIQUE (sku_id, room_id),
		CONSTRAINT room_products_goods_price CHECK (price IS NULL OR price > 0)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
