import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

export async function up(db: Queryable): Promise<void> {
	// The unique key holds nothing that could repeat: it is the index for what a user has stored.
	await db.execute(
		`CREATE TABLE IF NOT EXISTS files_files (
			id BIGINT NOT NULL PRIMARY KEY,
			user_id BIGINT NOT NULL,
			store_id VARCHAR(32) NOT NULL,
			media_type VARCHAR(32) NOT NULL,
			width INTEGER NOT NULL,
			height INTEGER NOT NULL,
			size_bytes INTEGER NOT NULL,
			created_at DATETIME(3) NOT NULL,
			CONSTRAINT files_files_user_id UNIQUE (user_id, id),
			CONSTRAINT files_files_store_id UNIQUE (store_id, id)
		) ${tableOptions(db)}`
	);
}
