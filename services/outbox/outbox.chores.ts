/** What the outbox does every few seconds besides relaying. */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import type { Queryable, Sql } from "../../mixins/sql/index.ts";
import { readCanary, writeCanarySent } from "./outbox.canary.model.ts";
import { countDeadLetters } from "./outbox.dead-letters.model.ts";
import { sweepConsumed, waiting } from "./outbox.model.ts";
import { publish } from "./outbox.tx.ts";

export interface OutboxStats {
	readonly pending: number;
	readonly oldestAgeMs: number;
	readonly dead: number;
	readonly canaryAgeMs: number | null;
}

export async function readStats(db: Queryable): Promise<OutboxStats> {
	const now = new Date();
	const { pending, oldest } = await waiting(db, now);
	const canary = await readCanary(db);
	// Clocks of nodes differ a little: an age is never below zero.
	const age = (since: Date): number => Math.max(0, now.getTime() - since.getTime());
	return {
		pending,
		oldestAgeMs: oldest ? age(oldest) : 0,
		dead: await countDeadLetters(db),
		canaryAgeMs: canary?.arrivedSentAt ? age(canary.arrivedSentAt) : null
	};
}

/** Sends a canary unless one is on its way: in an outage they would only pile up. */
export async function sendCanary(sql: Sql): Promise<void> {
	const now = new Date();
	const last = await readCanary(sql);
	if (last) {
		const arrived = last.arrivedSentAt !== null && last.arrivedSentAt >= last.sentAt;
		const age = now.getTime() - last.sentAt.getTime();
		if (!arrived && age < limits.outboxCanaryLostMilliseconds) return;
	}
	await sql.transaction(async (tx) => {
		await writeCanarySent(tx, now);
		await publish(tx, "outbox.canary", { sentAt: now.toISOString() });
	});
}

/** Forgets what no message can ask for any more; in steps, so that no lock is held for long. */
export async function sweep(db: Queryable): Promise<void> {
	const before = new Date(Date.now() - limits.outboxConsumedSecondsMax * 1000);
	while ((await sweepConsumed(db, before)) >= limits.outboxSweepRowsMax);
}

const gauges = {
	pending: ["outbox.pending", "Messages that are due and not yet on the bus"],
	oldestAgeMs: ["outbox.oldest.age.milliseconds", "How long the oldest of them has been due"],
	dead: ["outbox.dead.letters", "Messages that wait for a person"],
	canaryAgeMs: ["outbox.canary.age.milliseconds", "Since the newest canary that arrived was sent"]
} as const satisfies Record<keyof OutboxStats, readonly [name: string, description: string]>;

const replicaLag = "sql.replica.lag.milliseconds";

export function registerGauges({ metrics }: ServiceBroker): void {
	for (const [name, description] of Object.values(gauges)) {
		metrics.register({ type: "gauge", name, description });
	}
	const description = "How much older the replica's canary is, in steps of a canary";
	metrics.register({ type: "gauge", name: replicaLag, description });
}

/** The canary is written every few seconds, so its row says how far a replica is behind. */
export async function showReplicaLag({ metrics }: ServiceBroker, sql: Sql): Promise<void> {
	if (sql.replica === sql) return;
	const [ours, theirs] = [await readCanary(sql), await readCanary(sql.replica)];
	if (!ours) return;
	const since = theirs?.sentAt.getTime() ?? 0;
	metrics.set(replicaLag, Math.max(0, ours.sentAt.getTime() - since));
}

export function setGauges({ metrics }: ServiceBroker, stats: OutboxStats): void {
	for (const [key, [name]] of Object.entries(gauges)) {
		const value = stats[key as keyof OutboxStats];
		if (value !== null) metrics.set(name, value);
	}
}
