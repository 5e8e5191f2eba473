/** The tables of messages on their way and of what consumers have done. */
import { limits } from "../../config/limits.ts";
import type { DurableMessage } from "../../mixins/channels/index.ts";
import { isUniqueViolation, placeholders, type Queryable } from "../../mixins/sql/index.ts";

export interface OutboxRow extends DurableMessage {
	/** Failed ones so far. */
	readonly attempts: number;
	readonly dueAt: Date;
}

interface Row {
	id: string;
	channel: string;
	payload: string;
	message_id: string;
	consumer: string | null;
	request_id: string | null;
	attempts: number;
	due_at: Date;
}

export async function insertMessages(
	db: Queryable,
	rows: readonly Omit<OutboxRow, "attempts">[]
): Promise<void> {
	for (let start = 0; start < rows.length; start += limits.outboxRowsPerInsertMax) {
		const part = rows.slice(start, start + limits.outboxRowsPerInsertMax);
		await db.execute(
			"INSERT INTO outbox_messages (id, channel, payload, message_id, consumer, request_id, " +
				`attempts, first_due_at, due_at) VALUES ${placeholders(part.length, 9)}`,
			part.flatMap((row) => [
				...[row.id, row.channel, row.payload, row.messageId, row.consumer, row.requestId],
				...[0, row.dueAt, row.dueAt]
			])
		);
	}
}

export interface DueQuery {
	readonly before: Date;
	readonly limit: number;
	/** Channels to leave alone now. */
	readonly except: readonly string[];
}

/** Rows due before a moment, in the order in which they should go. */
export async function dueMessages(db: Queryable, query: DueQuery): Promise<OutboxRow[]> {
	const { before, limit, except } = query;
	const others = except.length === 0 ? "" : `AND channel NOT IN ${placeholders(1, except.length)} `;
	const rows = await db.query<Row>(
		"SELECT id, channel, payload, message_id, consumer, request_id, attempts, due_at " +
			`FROM outbox_messages WHERE due_at <= ? ${others}ORDER BY due_at, id LIMIT ?`,
		[before, ...except, limit]
	);
	return rows.map((row) => ({
		id: row.id,
		channel: row.channel,
		payload: row.payload,
		messageId: row.message_id,
		consumer: row.consumer,
		requestId: row.request_id,
		attempts: row.attempts,
		dueAt: row.due_at
	}));
}

/** How many of them were still there. */
export async function deleteMessages(db: Queryable, ids: readonly string[]): Promise<number> {
	const { affectedRows } = await db.execute(
		`DELETE FROM outbox_messages WHERE id IN ${placeholders(1, ids.length)}`,
		ids
	);
	return affectedRows;
}

export async function postponeMessage(
	db: Queryable,
	id: string,
	{ attempts, dueAt }: { attempts: number; dueAt: Date }
): Promise<void> {
	await db.execute("UPDATE outbox_messages SET attempts = ?, due_at = ? WHERE id = ?", [
		attempts,
		dueAt,
		id
	]);
}

/**
 * Rows that should be on the bus by now, counted up to a limit, and since when the oldest should.
 * A row that failed is due again within a minute, so the index of `due_at` finds it.
 */
export async function waiting(
	db: Queryable,
	now: Date
): Promise<{ pending: number; oldest: Date | null }> {
	const horizon = new Date(now.getTime() + limits.channelRetryMillisecondsMax);
	const [row] = await db.query<{ pending: number; oldest: Date | string | null }>(
		"SELECT COUNT(*) AS pending, MIN(first_due_at) AS oldest FROM " +
			"(SELECT first_due_at FROM outbox_messages WHERE due_at <= ? " +
			"ORDER BY due_at, id LIMIT ?) AS soon WHERE first_due_at <= ?",
		[horizon, limits.outboxStatsRowsMax, now]
	);
	const oldest = row?.oldest ? new Date(row.oldest) : null;
	return { pending: Number(row?.pending ?? 0), oldest };
}

/** False when this consumer has done this message before. */
export async function insertConsumed(
	db: Queryable,
	consumer: string,
	messageId: string
): Promise<boolean> {
	try {
		await db.execute(
			"INSERT INTO outbox_consumed (consumer, message_id, consumed_at) VALUES (?, ?, ?)",
			[consumer, messageId, new Date()]
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error)) return false;
		throw error;
	}
}

/** Forgets at most about `limits.outboxSweepRowsMax` rows; returns how many it were. */
export async function sweepConsumed(db: Queryable, before: Date): Promise<number> {
	const rows = await db.query<{ consumed_at: Date }>(
		"SELECT consumed_at FROM outbox_consumed WHERE consumed_at < ? ORDER BY consumed_at LIMIT ?",
		[before, limits.outboxSweepRowsMax]
	);
	const last = rows.at(-1);
	if (!last) return 0;
	const { affectedRows } = await db.execute("DELETE FROM outbox_consumed WHERE consumed_at <= ?", [
		last.consumed_at
	]);
	return affectedRows;
}
