import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// The units of a sale are out of the normal stock: each is left, sold or returned to it.
	// `epoch` numbers the gates that were built from here; `told` says that `version` was told of.
	`flash_sales_sales (
		id BIGINT NOT NULL PRIMARY KEY,
		room_id BIGINT NOT NULL,
		host_id BIGINT NOT NULL,
		sku_id BIGINT NOT NULL,
		product_id BIGINT NOT NULL,
		title VARCHAR(200) NOT NULL,
		picture_url VARCHAR(500) NULL,
		attributes VARCHAR(4000) NOT NULL,
		currency CHAR(3) NOT NULL,
		price BIGINT NOT NULL,
		list_price BIGINT NOT NULL,
		initial_units BIGINT NOT NULL,
		left_units BIGINT NOT NULL,
		sold_units BIGINT NOT NULL,
		returned_units BIGINT NOT NULL,
		limit_per_user INTEGER NOT NULL,
		status VARCHAR(16) NOT NULL,
		starts_at DATETIME(3) NOT NULL,
		ends_at DATETIME(3) NOT NULL,
		intent VARCHAR(81) NOT NULL,
		request_hash CHAR(64) NOT NULL,
		epoch BIGINT NOT NULL,
		version BIGINT NOT NULL,
		told INTEGER NOT NULL,
		CONSTRAINT flash_sales_sales_intent UNIQUE (intent),
		CONSTRAINT flash_sales_sales_room UNIQUE (room_id, id),
		CONSTRAINT flash_sales_sales_status UNIQUE (status, id),
		CONSTRAINT flash_sales_sales_told UNIQUE (told, id),
		CONSTRAINT flash_sales_sales_left CHECK (left_units >= 0),
		CONSTRAINT flash_sales_sales_sold CHECK (sold_units >= 0),
		CONSTRAINT flash_sales_sales_units CHECK (
			left_units + sold_units + returned_units = initial_units
		),
		CONSTRAINT flash_sales_sales_terms CHECK (
			price > 0 AND limit_per_user > 0 AND ends_at > starts_at
		)
	)`,
	// One row for each key that came as far as here, with what it was answered, for ever.
	`flash_sales_purchases (
		intent VARCHAR(81) NOT NULL PRIMARY KEY,
		sale_id BIGINT NOT NULL,
		user_id BIGINT NOT NULL,
		request_hash CHAR(64) NOT NULL,
		outcome VARCHAR(16) NOT NULL,
		quantity INTEGER NOT NULL,
		order_id BIGINT NULL,
		expires_at DATETIME(3) NULL,
		at DATETIME(3) NOT NULL,
		released_at DATETIME(3) NULL,
		CONSTRAINT flash_sales_purchases_order UNIQUE (order_id),
		CONSTRAINT flash_sales_purchases_user UNIQUE (sale_id, user_id, intent),
		CONSTRAINT flash_sales_purchases_bought CHECK (
			(outcome = 'bought' AND order_id IS NOT NULL)
			OR (outcome <> 'bought' AND order_id IS NULL)
		)
	)`,
	// The limit: unit `nth` of a user in a sale is there once. A row goes when its order is closed.
	`flash_sales_units (
		sale_id BIGINT NOT NULL,
		user_id BIGINT NOT NULL,
		nth INTEGER NOT NULL,
		order_id BIGINT NOT NULL,
		PRIMARY KEY (sale_id, user_id, nth),
		CONSTRAINT flash_sales_units_nth CHECK (nth > 0)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
