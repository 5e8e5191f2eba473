/** The tables of dead letters and of the canary. */
import { isUniqueViolation, placeholders, type Queryable } from "../../mixins/sql/index.ts";

export interface DeadLetterRow {
	readonly id: string;
	readonly source: "relay" | "consumer";
	readonly channel: string;
	readonly consumer: string | null;
	readonly messageId: string;
	readonly payload: string;
	readonly attempts: number;
	readonly error: string;
	readonly buriedAt: Date;
}

interface Row {
	id: string;
	source: "relay" | "consumer";
	channel: string;
	consumer: string | null;
	message_id: string;
	payload: string;
	attempts: number;
	error: string;
	buried_at: Date;
}

/** A message that is a dead letter of this consumer already is left as it is. */
export async function insertDeadLetter(db: Queryable, letter: DeadLetterRow): Promise<void> {
	try {
		await db.execute(
			"INSERT INTO outbox_dead_letters (id, source, channel, consumer, message_id, payload, " +
				`attempts, error, buried_at) VALUES ${placeholders(1, 9)}`,
			[
				...[letter.id, letter.source, letter.channel, letter.consumer, letter.messageId],
				...[letter.payload, letter.attempts, letter.error, letter.buriedAt]
			]
		);
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
	}
}

interface ListQuery {
	readonly channel: string | undefined;
	/** Only letters with a smaller id, which are older. */
	readonly before?: string | undefined;
	readonly order: "newest" | "oldest";
	readonly limit: number;
}

export async function listDeadLetters(db: Queryable, query: ListQuery): Promise<DeadLetterRow[]> {
	const { channel, before, order, limit } = query;
	const rows = await db.query<Row>(
		"SELECT id, source, channel, consumer, message_id, payload, attempts, error, buried_at " +
			"FROM outbox_dead_letters WHERE 1 = 1 " +
			(channel === undefined ? "" : "AND channel = ? ") +
			(before === undefined ? "" : "AND id < ? ") +
			`ORDER BY id ${order === "newest" ? "DESC" : "ASC"} LIMIT ?`,
		[...(channel === undefined ? [] : [channel]), ...(before === undefined ? [] : [before]), limit]
	);
	return rows.map(letterOf);
}

/** Takes the letter out, so that of two who want it one gets it. */
export async function takeDeadLetter(
	db: Queryable,
	id: string
): Promise<DeadLetterRow | undefined> {
	const [row] = await db.query<Row>(
		"SELECT id, source, channel, consumer, message_id, payload, attempts, error, buried_at " +
			`FROM outbox_dead_letters WHERE id = ? ${db.forUpdate}`,
		[id]
	);
	const { affectedRows } = await db.execute("DELETE FROM outbox_dead_letters WHERE id = ?", [id]);
	return row && affectedRows === 1 ? letterOf(row) : undefined;
}

export async function countDeadLetters(db: Queryable, channel?: string): Promise<number> {
	const where = channel === undefined ? "" : " WHERE channel = ?";
	const [row] = await db.query<{ count: number }>(
		`SELECT COUNT(*) AS count FROM outbox_dead_letters${where}`,
		channel === undefined ? [] : [channel]
	);
	return Number(row?.count ?? 0);
}

const letterOf = (row: Row): DeadLetterRow => ({
	id: row.id,
	source: row.source,
	channel: row.channel,
	consumer: row.consumer,
	messageId: row.message_id,
	payload: row.payload,
	attempts: row.attempts,
	error: row.error,
	buriedAt: row.buried_at
});
