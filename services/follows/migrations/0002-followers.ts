import type { Queryable } from "../../../mixins/sql/index.ts";

/** Who follows a host, page by page: the primary key only answers whom somebody follows. */
export async function up(db: Queryable): Promise<void> {
	await db.execute("CREATE INDEX follows_follows_host ON follows_follows (host_id, user_id)");
}
