/** The database of one broker: queries outside transactions, and the way into them. */
import type { ServiceBroker } from "moleculer";
import { ConnectionAcquireTimeoutError, type Sequelize } from "sequelize";
import type { Env } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Driver, Result } from "./driver.ts";
import { isConflict, isConnectionError } from "./errors.ts";
import { countSilence, timed } from "./figures.ts";
import { openMysql } from "./mysql.ts";
import type { Queryable } from "./queryable.ts";
import { openSqlite } from "./sqlite.ts";
import { assertOutside, runTransaction, type Transaction, viaSequelize } from "./transaction.ts";
import type { SqlValue } from "./values.ts";

export interface Sql extends Queryable {
	/** Reads that may lag behind. Without a replica it is this object itself. */
	readonly replica: Queryable;
	/**
	 * Runs `work` and commits. On a deadlock or lock timeout the whole of `work` runs again, so it
	 * must do nothing but use `tx`. Throws BUSY, COMMIT_OUTCOME_UNKNOWN or what `work` throws.
	 */
	transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
	readonly sequelize: Sequelize;
	/** Throws when the primary does not answer. */
	ping(): Promise<void>;
	close(): Promise<void>;
}

/** `statementMillisecondsMax` is how long MySQL may take for one statement; 0 for no bound. */
export const openDriver = (env: Env, statementMillisecondsMax: number): Driver =>
	env.mysqlUrl === undefined
		? openSqlite(env.dataDir)
		: openMysql(env.mysqlUrl, env.mysqlReplicaUrl, statementMillisecondsMax);

/** Opens nothing yet: connections are made when they are needed. */
export function openSql(env: Env, broker?: ServiceBroker): Sql {
	const driver = openDriver(env, limits.sqlStatementMillisecondsMax);
	guardSequelize(driver);
	const primary = queryable(driver, (text, values) => single(driver, "primary", text, values));
	const sql = {
		...primary,
		sequelize: driver.sequelize,
		async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
			const run = (once: typeof work) => runTransaction(driver, once);
			const { value, callbacks } = await (broker ? timed(broker, work, run) : run(work));
			if (broker) for (const run of callbacks.values()) afterCommit(broker, run);
			return value;
		},
		async ping() {
			await primary.query("SELECT 1");
		},
		close: () => driver.close()
	};
	return Object.assign(sql, {
		replica: driver.hasReplica
			? queryable(
					driver,
					fromReplica(driver, () => broker && countSilence(broker))
				)
			: sql
	});
}

type Run = (text: string, values: readonly SqlValue[]) => Promise<Result>;

function queryable(driver: Driver, run: Run): Queryable {
	return {
		dialect: driver.dialect,
		forUpdate: driver.dialect === "mysql" ? "FOR UPDATE" : "",
		async query<Row = Record<string, unknown>>(text: string, values: readonly SqlValue[] = []) {
			assertOutside(driver);
			return (await run(text, values)).rows as Row[];
		},
		async execute(text, values = []) {
			assertOutside(driver);
			return { affectedRows: (await run(text, values)).affectedRows };
		}
	};
}

async function single(
	driver: Driver,
	target: "primary" | "replica",
	...[text, values]: Parameters<Run>
): Promise<Result> {
	try {
		return await driver.single(target, text, values);
	} catch (error) {
		const full = error instanceof ConnectionAcquireTimeoutError;
		if (full || isConflict(error)) throw commonErrors.BUSY();
		if (isConnectionError(error)) throw commonErrors.UNAVAILABLE();
		throw error;
	}
}

/** A replica that does not answer is left alone for a while, else each read would wait for it. */
function fromReplica(driver: Driver, onSilent: () => void): Run {
	let silentUntil = 0;
	return async (text, values) => {
		if (performance.now() >= silentUntil) {
			try {
				return await driver.single("replica", text, values);
			} catch (error) {
				const full = error instanceof ConnectionAcquireTimeoutError;
				if (!full && !isConnectionError(error)) throw error;
				silentUntil = performance.now() + limits.sqlReplicaRetryMilliseconds;
				onSilent();
			}
		}
		return single(driver, "primary", text, values);
	};
}

/** moleculer-db and models know nothing of our transactions: their queries are checked too. */
function guardSequelize(driver: Driver): void {
	const { sequelize } = driver;
	const query = sequelize.query.bind(sequelize) as (...args: unknown[]) => Promise<unknown>;
	const guarded = (text: unknown, options?: { transaction?: unknown }) =>
		viaSequelize(driver, options?.transaction, () => query(text, options));
	sequelize.query = guarded as typeof sequelize.query;
	const transaction = sequelize.transaction.bind(sequelize) as (...args: unknown[]) => unknown;
	const outer = async (...args: unknown[]) => {
		assertOutside(driver);
		return transaction(...args);
	};
	sequelize.transaction = outer as typeof sequelize.transaction;
}

function afterCommit(broker: ServiceBroker, run: (broker: ServiceBroker) => void): void {
	const failed = (error: unknown) => broker.logger.error("A step after the commit failed.", error);
	try {
		const result: unknown = run(broker);
		if (result instanceof Promise) result.catch(failed);
	} catch (error) {
		failed(error);
	}
}
