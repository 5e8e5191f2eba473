import type { Queryable } from "../../../mixins/sql/index.ts";

export async function up(db: Queryable): Promise<void> {
	await db.execute("CREATE INDEX outbox_messages_due ON outbox_messages (due_at, id)");
}
