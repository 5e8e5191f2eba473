import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	`stock_warehouses (
		id BIGINT NOT NULL PRIMARY KEY,
		code VARCHAR(32) NOT NULL,
		region VARCHAR(32) NOT NULL,
		created_at DATETIME(3) NOT NULL,
		CONSTRAINT stock_warehouses_code UNIQUE (code)
	)`,
	// `version` and `hash` are those of the last movement.
	`stock_levels (
		id BIGINT NOT NULL PRIMARY KEY,
		sku_id BIGINT NOT NULL,
		warehouse_id BIGINT NOT NULL,
		on_hand BIGINT NOT NULL,
		reserved BIGINT NOT NULL,
		sold BIGINT NOT NULL,
		version BIGINT NOT NULL,
		hash CHAR(43) NOT NULL,
		CONSTRAINT stock_levels_sku UNIQUE (sku_id, warehouse_id),
		CONSTRAINT stock_levels_on_hand CHECK (on_hand >= 0),
		CONSTRAINT stock_levels_reserved CHECK (reserved >= 0),
		CONSTRAINT stock_levels_sold CHECK (sold >= 0)
	)`,
	// Rows are never changed or removed; `npm run stock:verify` finds it out. `settled` is the
	// reference of a release or a sale: what is reserved ends once.
	`stock_movements (
		level_id BIGINT NOT NULL,
		sequence BIGINT NOT NULL,
		kind VARCHAR(16) NOT NULL,
		reference VARCHAR(100) NOT NULL,
		settled VARCHAR(100) NULL,
		quantity BIGINT NOT NULL,
		on_hand BIGINT NOT NULL,
		reserved BIGINT NOT NULL,
		sold BIGINT NOT NULL,
		actor_id BIGINT NULL,
		reason VARCHAR(200) NULL,
		at DATETIME(3) NOT NULL,
		hash CHAR(43) NOT NULL,
		PRIMARY KEY (level_id, sequence),
		CONSTRAINT stock_movements_reference UNIQUE (reference, kind),
		CONSTRAINT stock_movements_settled UNIQUE (settled),
		CONSTRAINT stock_movements_quantity CHECK (quantity > 0 OR (kind = 'adjust' AND quantity < 0))
	)`,
	// What a seller's key got, so that a retry gets it again.
	`stock_adjustments (
		user_id BIGINT NOT NULL,
		idempotency_key VARCHAR(64) NOT NULL,
		hash CHAR(64) NOT NULL,
		on_hand BIGINT NOT NULL,
		reserved BIGINT NOT NULL,
		sold BIGINT NOT NULL,
		at DATETIME(3) NOT NULL,
		PRIMARY KEY (user_id, idempotency_key)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
	// A migration that was cut off half-way is run again.
	const known = await db.query("SELECT id FROM stock_warehouses WHERE id = 1");
	if (known.length > 0) return;
	await db.execute(
		"INSERT INTO stock_warehouses (id, code, region, created_at) VALUES (1, ?, ?, ?)",
		["default", "default", new Date()]
	);
}
