import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** What the hash of the first row follows. */
const nothingBefore = "0".repeat(64);

export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE admin_audit (
			id BIGINT NOT NULL PRIMARY KEY,
			at DATETIME(3) NOT NULL,
			actor_id BIGINT NOT NULL,
			session_id BIGINT NOT NULL,
			action VARCHAR(100) NOT NULL,
			target VARCHAR(100),
			params TEXT NOT NULL,
			outcome VARCHAR(64) NOT NULL,
			intent_id BIGINT,
			request_id VARCHAR(64),
			client_address VARCHAR(64),
			prev_hash CHAR(64) NOT NULL,
			hash CHAR(64) NOT NULL
		)${tableOptions(db)}`
	);
	await db.execute("CREATE INDEX admin_audit_actor ON admin_audit (actor_id, id)");
	await db.execute("CREATE INDEX admin_audit_action ON admin_audit (action, id)");
	// The one row that is locked to append: it makes the chain a chain, without gaps.
	await db.execute(
		`CREATE TABLE admin_audit_head (
			id INTEGER NOT NULL PRIMARY KEY,
			last_id BIGINT NOT NULL,
			last_hash CHAR(64) NOT NULL
		)${tableOptions(db)}`
	);
	await db.execute("INSERT INTO admin_audit_head (id, last_id, last_hash) VALUES (1, 0, ?)", [
		nothingBefore
	]);
}
