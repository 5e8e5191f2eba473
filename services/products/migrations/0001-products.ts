import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	`products_categories (
		id BIGINT NOT NULL PRIMARY KEY,
		parent_id BIGINT NULL,
		slug VARCHAR(32) NOT NULL,
		name_en VARCHAR(64) NOT NULL,
		name_zh VARCHAR(64) NOT NULL,
		name_ko VARCHAR(64) NOT NULL,
		position INTEGER NOT NULL,
		CONSTRAINT products_categories_slug UNIQUE (slug)
	)`,
	// The unique keys with the id last hold nothing that could repeat: they are indexes for lists.
	`products_products (
		id BIGINT NOT NULL PRIMARY KEY,
		seller_id BIGINT NOT NULL,
		category_id BIGINT NULL,
		title VARCHAR(120) NOT NULL,
		description TEXT NOT NULL,
		pictures VARCHAR(1000) NOT NULL,
		status VARCHAR(16) NOT NULL,
		version BIGINT NOT NULL,
		created_at DATETIME(3) NOT NULL,
		updated_at DATETIME(3) NOT NULL,
		CONSTRAINT products_products_new UNIQUE (status, id),
		CONSTRAINT products_products_category UNIQUE (category_id, status, id),
		CONSTRAINT products_products_seller UNIQUE (seller_id, status, id)
	)`,
	`products_skus (
		id BIGINT NOT NULL PRIMARY KEY,
		product_id BIGINT NOT NULL,
		seller_id BIGINT NOT NULL,
		attributes TEXT NOT NULL,
		price BIGINT NOT NULL,
		currency CHAR(3) NOT NULL,
		position INTEGER NOT NULL,
		removed BOOLEAN NOT NULL,
		created_at DATETIME(3) NOT NULL,
		updated_at DATETIME(3) NOT NULL,
		CONSTRAINT products_skus_product UNIQUE (product_id, position),
		CONSTRAINT products_skus_price CHECK (price > 0)
	)`,
	// One row per seller: who adds a product locks it first, so that the count holds.
	`products_sellers (
		seller_id BIGINT NOT NULL PRIMARY KEY,
		products INTEGER NOT NULL
	)`,
	`products_intents (
		user_id BIGINT NOT NULL,
		idempotency_key VARCHAR(64) NOT NULL,
		hash CHAR(64) NOT NULL,
		product_id BIGINT NOT NULL,
		PRIMARY KEY (user_id, idempotency_key)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
