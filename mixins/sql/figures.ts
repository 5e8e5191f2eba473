/** What the database of a node tells of itself. */
import type { ServiceBroker } from "moleculer";
import { isError } from "../../lib/errors.ts";
import { type Figure, register, sample } from "../figures.ts";
import type { Sql } from "./connection.ts";

const [time, retries] = ["sql.transaction.milliseconds", "sql.transaction.retries.total"];
const [used, waiting] = ["sql.connections.used", "sql.connections.waiting"];
const drift = "sql.clock.drift.milliseconds";
const silent = "sql.replica.silent.total";

const figures: readonly Figure[] = [
	{
		...{ type: "histogram", name: time, labelNames: ["ending"] },
		description: "Transactions from their begin to their end, tries included, by how they ended"
	},
	{
		...{ type: "counter", name: retries },
		description: "Transactions that ran again after a deadlock or a lost connection"
	},
	{
		...{ type: "gauge", name: used, labelNames: ["server"] },
		description: "Connections to MySQL that are at work"
	},
	{
		...{ type: "gauge", name: waiting, labelNames: ["server"] },
		description: "Who waits for one of them"
	},
	{
		...{ type: "gauge", name: drift },
		description: "How far the clock of MySQL is ahead of ours"
	},
	{
		...{ type: "counter", name: silent },
		description: "Times the replica did not answer, so that reads went to the primary for a while"
	}
];

interface Pool {
	readonly using: number;
	readonly waiting: number;
	readonly write?: Pool;
	readonly read?: Pool;
}

/** Takes figures until the answer is called. */
export function watchSql(broker: ServiceBroker, sql: Sql): () => void {
	register(broker, figures);
	if (sql.dialect !== "mysql") return () => {};
	const { connectionManager } = sql.sequelize as unknown as { connectionManager: { pool: Pool } };
	return sample(broker, async () => {
		const { pool } = connectionManager;
		const pools = { primary: pool.write ?? pool, replica: pool.read };
		for (const [server, one] of Object.entries(pools)) {
			if (!one) continue;
			broker.metrics.set(used, one.using, { server });
			broker.metrics.set(waiting, one.waiting, { server });
		}
		broker.metrics.set(drift, await clockDrift(sql));
	});
}

/** In milliseconds; half of the way there and back is taken off. */
async function clockDrift(sql: Sql): Promise<number> {
	const before = Date.now();
	const [row] = await sql.query<{ now: number }>("SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now");
	return Math.round(Number(row?.now) - (before + Date.now()) / 2);
}

export const countSilence = ({ metrics }: ServiceBroker): void => void metrics?.increment(silent);

const endings = {
	BUSY: "busy",
	UNAVAILABLE: "away",
	COMMIT_OUTCOME_UNKNOWN: "unknown",
	TRANSACTION_TOO_LONG: "too-long"
} as const;

const endingOf = (error: unknown): string =>
	Object.entries(endings).find(([type]) => isError(error, type))?.[1] ?? "refused";

/** Runs `run` with `work`, and tells how long it took and how often `work` had to run. */
export async function timed<Work extends (...args: never[]) => unknown, Result>(
	broker: ServiceBroker,
	work: Work,
	run: (work: Work) => Promise<Result>
): Promise<Result> {
	const { metrics } = broker;
	if (!metrics?.hasMetric(time)) return run(work);
	const startedAt = performance.now();
	let [ending, runs] = ["committed", 0];
	const counted = (...args: never[]) => {
		runs += 1;
		return work(...args);
	};
	try {
		return await run(counted as Work);
	} catch (error) {
		ending = endingOf(error);
		throw error;
	} finally {
		metrics.observe(time, performance.now() - startedAt, { ending });
		if (runs > 1) metrics.increment(retries, {}, runs - 1);
	}
}
