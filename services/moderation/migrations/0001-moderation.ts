import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// Room 0 is every room: a NULL would not be unique. What a host and an operator lay stand side
	// by side, so that neither undoes the other. The keys with the version last, which never
	// repeats, are indexes.
	`moderation_restrictions (
		room_id BIGINT NOT NULL,
		user_id BIGINT NOT NULL,
		kind VARCHAR(8) NOT NULL,
		by_operator INTEGER NOT NULL,
		ends_at DATETIME(3),
		reason VARCHAR(200) NOT NULL,
		by_id BIGINT NOT NULL,
		laid_at DATETIME(3) NOT NULL,
		version BIGINT NOT NULL,
		PRIMARY KEY (room_id, user_id, kind, by_operator),
		CONSTRAINT moderation_restrictions_version UNIQUE (version),
		CONSTRAINT moderation_restrictions_room UNIQUE (room_id, version),
		CONSTRAINT moderation_restrictions_end UNIQUE (ends_at, version)
	)`,
	`moderation_changes (
		version BIGINT NOT NULL PRIMARY KEY,
		room_id BIGINT NOT NULL,
		user_id BIGINT NOT NULL,
		changed_at DATETIME(3) NOT NULL,
		CONSTRAINT moderation_changes_time UNIQUE (changed_at, version)
	)`,
	`moderation_words (
		word VARCHAR(64) NOT NULL PRIMARY KEY,
		by_id BIGINT NOT NULL,
		added_at DATETIME(3) NOT NULL,
		version BIGINT NOT NULL,
		CONSTRAINT moderation_words_version UNIQUE (version)
	)`,
	// Changes up to the floor are not kept any more.
	`moderation_versions (
		name VARCHAR(16) NOT NULL PRIMARY KEY,
		version BIGINT NOT NULL,
		floor BIGINT NOT NULL
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
	for (const name of ["restrictions", "words"]) {
		const known = await db.query("SELECT name FROM moderation_versions WHERE name = ?", [name]);
		if (known.length > 0) continue;
		await db.execute("INSERT INTO moderation_versions (name, version, floor) VALUES (?, 0, 0)", [
			name
		]);
	}
}
