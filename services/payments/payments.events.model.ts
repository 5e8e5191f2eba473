/** The table `payments_events`: what providers said, each event once, and what came of it. */
import { isUniqueViolation, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { Outcome, Status } from "./payments.rules.ts";
import type { ProviderEvent } from "./providers/provider.ts";

export interface StoredEvent {
	readonly provider: string;
	readonly event: ProviderEvent;
	readonly outcome: Outcome;
	readonly isAnomaly: boolean;
	/** Null when there is no such intent. */
	readonly intentId: string | null;
	readonly at: Date;
}

/** What the event claimed, kept even where it names nothing of ours. */
type Said = Pick<ProviderEvent, "intentId" | "reference" | "merchant" | "amount" | "currency">;

/** False when this event was told before. */
export async function insertEvent(tx: Transaction, stored: StoredEvent): Promise<boolean> {
	const { provider, event, outcome, isAnomaly, at } = stored;
	const { intentId, reference, merchant, amount, currency } = event;
	const said: Said = { intentId, reference, merchant, amount, currency };
	try {
		await tx.execute(
			`INSERT INTO payments_events (provider, event_id, word, outcome, anomaly, intent_id, said,
				received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			[
				...[provider, event.id, event.word, outcome, isAnomaly],
				...[stored.intentId, JSON.stringify(said), at]
			]
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error)) return false;
		throw error;
	}
}

export async function writeOutcome(
	tx: Transaction,
	{ provider, event, outcome, isAnomaly }: StoredEvent
): Promise<void> {
	await tx.execute(
		"UPDATE payments_events SET outcome = ?, anomaly = ? WHERE provider = ? AND event_id = ?",
		[outcome, isAnomaly, provider, event.id]
	);
}

export interface AnomalyRow {
	readonly provider: string;
	readonly eventId: string;
	readonly word: string;
	readonly outcome: Outcome;
	readonly said: Said;
	readonly at: Date;
	readonly intent: {
		readonly id: string;
		readonly userId: string;
		readonly status: Status;
		readonly amount: number;
		readonly currency: string;
	} | null;
}

interface Row {
	provider: string;
	event_id: string;
	word: string;
	outcome: Outcome;
	said: string;
	received_at: Date;
	intent_id: number | null;
	user_id: number;
	status: Status;
	amount: number;
	currency: string;
}

/** The sort key of a row: milliseconds, and its name. */
export type AnomalyKey = readonly [at: number, provider: string, eventId: string];

export async function listAnomalies(
	db: Queryable,
	{ before, limit }: { before: AnomalyKey | undefined; limit: number }
): Promise<AnomalyRow[]> {
	const after =
		before &&
		`AND (e.received_at < ? OR (e.received_at = ? AND
		(e.provider < ? OR (e.provider = ? AND e.event_id < ?))))`;
	const at = new Date(before?.[0] ?? 0);
	const last = before ? [at, at, before[1], before[1], before[2]] : [];
	const rows = await db.query<Row>(
		`SELECT e.provider, e.event_id, e.word, e.outcome, e.said, e.received_at, e.intent_id,
			i.user_id, i.status, i.amount, i.currency
			FROM payments_events e LEFT JOIN payments_intents i ON i.id = e.intent_id
			WHERE e.anomaly = 1 ${after ?? ""}
			ORDER BY e.received_at DESC, e.provider DESC, e.event_id DESC LIMIT ?`,
		[...last, limit]
	);
	return rows.map((row) => ({
		provider: row.provider,
		eventId: row.event_id,
		word: row.word,
		outcome: row.outcome,
		said: JSON.parse(row.said) as Said,
		at: row.received_at,
		intent:
			row.intent_id === null
				? null
				: {
						id: String(row.intent_id),
						userId: String(row.user_id),
						status: row.status,
						amount: Number(row.amount),
						currency: row.currency
					}
	}));
}

/** No more than `max`. */
export async function countAnomalies(db: Queryable, max: number): Promise<number> {
	const [row] = await db.query<{ found: number }>(
		`SELECT COUNT(*) AS found FROM
			(SELECT event_id FROM payments_events WHERE anomaly = 1 LIMIT ?) AS anomalies`,
		[max]
	);
	return Number(row?.found ?? 0);
}
