import type { Queryable } from "../../../mixins/sql/index.ts";

/** A seller's orders by what sold them: counted by state from the index alone. */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE INDEX orders_orders_of_sale
			ON orders_orders (seller_id, source, source_id, status, placed_at, id)`
	);
}
