import type { Env } from "../../../config/env.ts";
import { exponentOf } from "../../../lib/money.ts";
import { placeholders, type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	`payments_packages (
		id BIGINT NOT NULL PRIMARY KEY,
		coins BIGINT NOT NULL,
		amount BIGINT NOT NULL,
		currency CHAR(3) NOT NULL,
		position INTEGER NOT NULL,
		is_active INTEGER NOT NULL,
		CONSTRAINT payments_packages_worth CHECK (coins > 0 AND amount > 0)
	)`,
	// The key of the request is kept for ever: told again years later it still is the same intent.
	// Keys with the id last hold nothing that could repeat: they are indexes.
	`payments_intents (
		id BIGINT NOT NULL PRIMARY KEY,
		user_id BIGINT NOT NULL,
		purpose VARCHAR(16) NOT NULL,
		reference VARCHAR(64) NOT NULL,
		provider VARCHAR(32) NOT NULL,
		merchant VARCHAR(64) NOT NULL,
		amount BIGINT NOT NULL,
		currency CHAR(3) NOT NULL,
		coins BIGINT NOT NULL,
		status VARCHAR(16) NOT NULL,
		provider_reference VARCHAR(64),
		checkout_url VARCHAR(500),
		request_key VARCHAR(64) NOT NULL,
		request_hash CHAR(64) NOT NULL,
		created_at DATETIME(3) NOT NULL,
		expires_at DATETIME(3) NOT NULL,
		settled_at DATETIME(3),
		look_at DATETIME(3),
		looks INTEGER NOT NULL,
		CONSTRAINT payments_intents_request UNIQUE (user_id, request_key),
		CONSTRAINT payments_intents_user UNIQUE (user_id, purpose, created_at, id),
		CONSTRAINT payments_intents_look UNIQUE (look_at, id),
		CONSTRAINT payments_intents_worth CHECK (amount > 0 AND coins >= 0)
	)`,
	// What providers said and what came of it, each event once.
	`payments_events (
		provider VARCHAR(32) NOT NULL,
		event_id VARCHAR(128) NOT NULL,
		word VARCHAR(64) NOT NULL,
		outcome VARCHAR(16) NOT NULL,
		anomaly INTEGER NOT NULL,
		intent_id BIGINT,
		said VARCHAR(500) NOT NULL,
		received_at DATETIME(3) NOT NULL,
		PRIMARY KEY (provider, event_id),
		CONSTRAINT payments_events_anomaly UNIQUE (anomaly, received_at, provider, event_id)
	)`
];

/** What the shop starts with, in units of the currency. */
const baseUnits = [1, 5, 10, 20, 50, 100];

/** Where one unit is too little to be a price (won, yen), a thousand of them stand for it. */
const unitsPerStep = (exponent: number): number => (exponent === 0 ? 1_000 : 1);

export async function up(db: Queryable, { currency, coinsPerUnit }: Env): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
	const [first] = await db.query("SELECT id FROM payments_packages LIMIT 1");
	if (first) return;
	const exponent = exponentOf(currency);
	const rows = baseUnits.map((step, index) => {
		const units = step * unitsPerStep(exponent);
		return [index + 1, units * coinsPerUnit, units * 10 ** exponent, currency, index + 1, 1];
	});
	await db.execute(
		`INSERT INTO payments_packages (id, coins, amount, currency, position, is_active)
			VALUES ${placeholders(rows.length, 6)}`,
		rows.flat()
	);
}
