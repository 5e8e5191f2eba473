import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

// Keys with the id last hold nothing that could repeat: they are indexes.
const tables = [
	// The address as it was: orders keep their copy.
	`orders_checkouts (
		id BIGINT NOT NULL PRIMARY KEY,
		user_id BIGINT NOT NULL,
		address VARCHAR(2000) NOT NULL,
		placed_at DATETIME(3) NOT NULL
	)`,
	// `due_at` is the end of time of an unpaid order, and null for all others.
	`orders_orders (
		id BIGINT NOT NULL PRIMARY KEY,
		checkout_id BIGINT NOT NULL,
		user_id BIGINT NOT NULL,
		seller_id BIGINT NOT NULL,
		status VARCHAR(16) NOT NULL,
		total BIGINT NOT NULL,
		currency CHAR(3) NOT NULL,
		total_coins BIGINT NOT NULL,
		source VARCHAR(16) NOT NULL,
		source_id BIGINT NULL,
		paid_by VARCHAR(32) NULL,
		payment_id BIGINT NULL,
		close_reason VARCHAR(16) NULL,
		placed_at DATETIME(3) NOT NULL,
		expires_at DATETIME(3) NOT NULL,
		due_at DATETIME(3) NULL,
		paid_at DATETIME(3) NULL,
		shipped_at DATETIME(3) NULL,
		received_at DATETIME(3) NULL,
		closed_at DATETIME(3) NULL,
		refunded_at DATETIME(3) NULL,
		CONSTRAINT orders_orders_checkout UNIQUE (checkout_id, id),
		CONSTRAINT orders_orders_user UNIQUE (user_id, placed_at, id),
		CONSTRAINT orders_orders_user_status UNIQUE (user_id, status, placed_at, id),
		CONSTRAINT orders_orders_seller UNIQUE (seller_id, placed_at, id),
		CONSTRAINT orders_orders_seller_status UNIQUE (seller_id, status, placed_at, id),
		CONSTRAINT orders_orders_due UNIQUE (due_at, id),
		CONSTRAINT orders_orders_worth CHECK (total > 0 AND total_coins > 0),
		CONSTRAINT orders_orders_states CHECK (
			(status = 'unpaid' AND due_at IS NOT NULL AND paid_by IS NULL)
			OR (status = 'closed' AND due_at IS NULL AND paid_by IS NULL)
			OR (status IN ('paid', 'shipped', 'received', 'refunding', 'refunded')
				AND due_at IS NULL AND paid_by IS NOT NULL)
		)
	)`,
	// As it was sold: what changes of the product later leaves orders true.
	`orders_lines (
		order_id BIGINT NOT NULL,
		line INTEGER NOT NULL,
		sku_id BIGINT NOT NULL,
		product_id BIGINT NOT NULL,
		seller_id BIGINT NOT NULL,
		room_id BIGINT NULL,
		title VARCHAR(200) NOT NULL,
		picture_url VARCHAR(500) NULL,
		attributes VARCHAR(4000) NOT NULL,
		price BIGINT NOT NULL,
		quantity INTEGER NOT NULL,
		amount BIGINT NOT NULL,
		PRIMARY KEY (order_id, line),
		CONSTRAINT orders_lines_amount CHECK (
			price > 0 AND quantity > 0 AND amount = price * quantity
		)
	)`,
	// What a key of a user was used for, for ever.
	`orders_intents (
		user_id BIGINT NOT NULL,
		intent_key VARCHAR(64) NOT NULL,
		action VARCHAR(16) NOT NULL,
		request_hash CHAR(64) NOT NULL,
		reference BIGINT NOT NULL,
		at DATETIME(3) NOT NULL,
		PRIMARY KEY (user_id, intent_key)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
