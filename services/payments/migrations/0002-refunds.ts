import { type Queryable, tableOptions } from "../../../mixins/sql/index.ts";

const tables = [
	`payments_captures (
		intent_id BIGINT NOT NULL PRIMARY KEY,
		captured BIGINT NOT NULL,
		refunded BIGINT NOT NULL,
		CONSTRAINT payments_captures_covered CHECK (
			captured > 0 AND refunded >= 0 AND refunded <= captured
		)
	)`,
	`payments_refunds (
		refund_key VARCHAR(64) NOT NULL PRIMARY KEY,
		intent_id BIGINT NOT NULL,
		order_id BIGINT NULL,
		amount BIGINT NOT NULL,
		currency CHAR(3) NOT NULL,
		status VARCHAR(16) NOT NULL,
		looks INTEGER NOT NULL,
		created_at DATETIME(3) NOT NULL,
		look_at DATETIME(3) NULL,
		done_at DATETIME(3) NULL,
		CONSTRAINT payments_refunds_intent UNIQUE (intent_id, refund_key),
		CONSTRAINT payments_refunds_look UNIQUE (look_at, refund_key),
		CONSTRAINT payments_refunds_amount CHECK (amount > 0)
	)`
];

export async function up(db: Queryable): Promise<void> {
	for (const table of tables) {
		await db.execute(`CREATE TABLE IF NOT EXISTS ${table} ${tableOptions(db)}`);
	}
}
