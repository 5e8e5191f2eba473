import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

/** A `value` is JSON; NULL means the default of the table in the code. */
export async function up(db: Queryable): Promise<void> {
	await db.execute(
		`CREATE TABLE admin_settings (
			name VARCHAR(64) NOT NULL PRIMARY KEY,
			value TEXT,
			version BIGINT NOT NULL,
			changed_by BIGINT NOT NULL,
			changed_at DATETIME(3) NOT NULL,
			reason VARCHAR(200) NOT NULL
		)${tableOptions(db)}`
	);
	await db.execute(
		`CREATE TABLE admin_settings_history (
			name VARCHAR(64) NOT NULL,
			version BIGINT NOT NULL,
			value TEXT,
			changed_by BIGINT NOT NULL,
			changed_at DATETIME(3) NOT NULL,
			reason VARCHAR(200) NOT NULL,
			PRIMARY KEY (name, version)
		)${tableOptions(db)}`
	);
	// One row: the number of changes so far. Nodes ask for it each second, changes lock it.
	await db.execute(
		`CREATE TABLE admin_settings_revision (
			id INTEGER NOT NULL PRIMARY KEY,
			revision BIGINT NOT NULL
		)${tableOptions(db)}`
	);
	await db.execute("INSERT INTO admin_settings_revision (id, revision) VALUES (1, 0)");
}
