import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE IF NOT EXISTS tags_users (
			user_id BIGINT NOT NULL PRIMARY KEY,
			bits BIGINT NOT NULL
		)${tableOptions(db)}`
	);
}
