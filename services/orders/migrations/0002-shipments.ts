import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/**
 * How orders were sent. `awaited_since` is when, until they are received: what waits for too long
 * is found by it. Orders that are on their way already wait from when they were sent.
 */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS orders_shipments (
			order_id BIGINT NOT NULL PRIMARY KEY,
			carrier VARCHAR(64) NULL,
			tracking_number VARCHAR(64) NULL,
			awaited_since DATETIME(3) NULL,
			CONSTRAINT orders_shipments_awaited UNIQUE (awaited_since, order_id)
		) ${tableOptions(db)}`
	);
	await db.execute(
		`INSERT INTO orders_shipments (order_id, awaited_since)
			SELECT id, shipped_at FROM orders_orders WHERE status = 'shipped'
				AND id NOT IN (SELECT order_id FROM orders_shipments)`
	);
}
