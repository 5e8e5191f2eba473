import type { Queryable } from "../../../mixins/sql/index.ts";

/** An address that was given to one order later; null: that of its checkout, if any, holds. */
export async function up(db: Queryable): Promise<void> {
	await db.execute("ALTER TABLE orders_orders ADD COLUMN address VARCHAR(2000) NULL");
}
