/** The table of the canary: one row. */
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";

export interface Canary {
	readonly sentAt: Date;
	/** When the newest one that arrived was sent. */
	readonly arrivedSentAt: Date | null;
}

export async function readCanary(db: Queryable): Promise<Canary | undefined> {
	const [row] = await db.query<{ sent_at: Date; arrived_sent_at: Date | null }>(
		"SELECT sent_at, arrived_sent_at FROM outbox_canary WHERE id = 1"
	);
	return row && { sentAt: row.sent_at, arrivedSentAt: row.arrived_sent_at };
}

/** In the transaction that publishes it. */
export async function writeCanarySent(db: Queryable, sentAt: Date): Promise<void> {
	const update = "UPDATE outbox_canary SET sent_at = ? WHERE id = 1";
	if ((await db.execute(update, [sentAt])).affectedRows > 0) return;
	try {
		await db.execute("INSERT INTO outbox_canary (id, sent_at) VALUES (1, ?)", [sentAt]);
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
	}
}

/** An older one that arrives late changes nothing. */
export async function writeCanaryArrived(db: Queryable, sentAt: Date): Promise<void> {
	await db.execute(
		"UPDATE outbox_canary SET arrived_sent_at = ? " +
			"WHERE id = 1 AND (arrived_sent_at IS NULL OR arrived_sent_at < ?)",
		[sentAt, sentAt]
	);
}
