import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	// `version` and `hash` are those of the last entry; changes of `held` and `frozen` make none.
	`wallets_accounts (
		id BIGINT NOT NULL PRIMARY KEY,
		owner BIGINT NOT NULL,
		kind VARCHAR(16) NOT NULL,
		currency VARCHAR(8) NOT NULL,
		balance BIGINT NOT NULL,
		held BIGINT NOT NULL,
		frozen BOOLEAN NOT NULL,
		version BIGINT NOT NULL,
		hash CHAR(43) NOT NULL,
		CONSTRAINT wallets_accounts_owner UNIQUE (owner, kind, currency),
		CONSTRAINT wallets_accounts_covered CHECK (
			kind IN ('platform', 'world', 'provider') OR balance - held >= 0
		),
		CONSTRAINT wallets_accounts_held CHECK (held >= 0)
	)`,
	// One row: whoever opens accounts locks it first, so that no two open the same.
	"wallets_openings (id INT NOT NULL PRIMARY KEY)",
	`wallets_transfers (
		id VARCHAR(36) NOT NULL PRIMARY KEY,
		intent VARCHAR(160) NOT NULL,
		request_hash CHAR(43) NOT NULL,
		kind VARCHAR(32) NOT NULL,
		reference VARCHAR(100) NOT NULL,
		at DATETIME(3) NOT NULL,
		CONSTRAINT wallets_transfers_intent UNIQUE (intent)
	)`,
	// Rows are never changed or removed; `npm run ledger:verify` finds it out.
	`wallets_entries (
		account_id BIGINT NOT NULL,
		sequence BIGINT NOT NULL,
		transfer_id VARCHAR(36) NOT NULL,
		amount BIGINT NOT NULL,
		balance_after BIGINT NOT NULL,
		hash CHAR(43) NOT NULL,
		PRIMARY KEY (account_id, sequence),
		CONSTRAINT wallets_entries_transfer UNIQUE (transfer_id, account_id),
		CONSTRAINT wallets_entries_amount CHECK (amount <> 0)
	)`,
	`wallets_holds (
		id VARCHAR(36) NOT NULL PRIMARY KEY,
		intent VARCHAR(160) NOT NULL,
		request_hash CHAR(43) NOT NULL,
		account_id BIGINT NOT NULL,
		amount BIGINT NOT NULL,
		kind VARCHAR(32) NOT NULL,
		reference VARCHAR(100) NOT NULL,
		state VARCHAR(8) NOT NULL,
		held_at DATETIME(3) NOT NULL,
		expires_at DATETIME(3) NOT NULL,
		resolved_at DATETIME(3) NULL,
		transfer_id VARCHAR(36) NULL,
		CONSTRAINT wallets_holds_intent UNIQUE (intent),
		CONSTRAINT wallets_holds_transfer UNIQUE (transfer_id),
		CONSTRAINT wallets_holds_due UNIQUE (state, expires_at, id),
		CONSTRAINT wallets_holds_account UNIQUE (account_id, state, id),
		CONSTRAINT wallets_holds_amount CHECK (amount > 0),
		CONSTRAINT wallets_holds_state CHECK (
			(state = 'posted' AND transfer_id IS NOT NULL)
			OR (state IN ('pending', 'void', 'expired') AND transfer_id IS NULL)
		)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
	// A migration that was cut off half-way is run again.
	const openings = await db.query("SELECT id FROM wallets_openings");
	if (openings.length === 0) await db.execute("INSERT INTO wallets_openings (id) VALUES (1)");
}
