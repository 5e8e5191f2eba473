import type { Queryable } from "../../../mixins/sql/index.ts";

/** For the sweeper. */
export async function up(db: Queryable): Promise<void> {
	await db.execute("CREATE INDEX outbox_consumed_at ON outbox_consumed (consumed_at)");
}
