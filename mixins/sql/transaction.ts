/** One transaction: what `work` sees, how it ends, and when it is run again. */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import * as sequelize from "sequelize";
import { limits } from "../../config/limits.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import type { Connection, Driver, Result } from "./driver.ts";
import { isConflict, isConnectionError, sqlErrors } from "./errors.ts";
import type { Queryable } from "./queryable.ts";
import type { SqlValue } from "./values.ts";

export interface Transaction extends Queryable {
	/**
	 * Runs once after the commit, never after a rollback; the last `run` given under a key wins.
	 * For hints such as waking a relay: a crash between commit and `run` loses it.
	 */
	afterCommit(key: string, run: (broker: ServiceBroker) => void): void;
	/** For models of Sequelize: `Model.create(row, { transaction: tx.handle })`. */
	readonly handle: sequelize.Transaction;
}

/** The transaction that the running code is inside of, if any. */
const scope = new AsyncLocalStorage<OpenTransaction>();

/** Throws when the running code is inside an open transaction of `driver`. */
export function assertOutside(driver: Driver): void {
	if (scope.getStore()?.isOpenOn(driver)) throw sqlErrors.QUERY_OUTSIDE_TRANSACTION();
}

/**
 * Runs a query of Sequelize, which carries its transaction in its options: inside an open
 * transaction it must be that one, and a deadlock ends the transaction here too.
 */
export async function viaSequelize<T>(
	driver: Driver,
	handle: unknown,
	query: () => Promise<T>
): Promise<T> {
	const open = scope.getStore();
	if (!open?.isOpenOn(driver)) return query();
	if (open.handle !== handle) throw sqlErrors.QUERY_OUTSIDE_TRANSACTION();
	return open.attempt(query);
}

class OpenTransaction implements Transaction {
	readonly dialect: Driver["dialect"];
	readonly forUpdate: "FOR UPDATE" | "";
	readonly handle: sequelize.Transaction;
	readonly callbacks = new Map<string, (broker: ServiceBroker) => void>();
	/** The error after which the database has undone the transaction, whatever `work` makes of it. */
	doom: unknown;
	/** Set when the connection can no longer be trusted. */
	broken = false;
	#open = true;
	readonly #driver: Driver;
	readonly #connection: Connection;

	constructor(driver: Driver, connection: Connection) {
		this.#driver = driver;
		this.#connection = connection;
		this.dialect = driver.dialect;
		this.forUpdate = driver.dialect === "mysql" ? "FOR UPDATE" : "";
		const Handle = sequelize.Transaction as unknown as new (
			owner: sequelize.Sequelize,
			options: object
		) => sequelize.Transaction & { connection: Connection; id: string };
		const handle = new Handle(driver.sequelize, {});
		handle.connection = connection;
		connection.uuid = handle.id;
		this.handle = handle;
	}

	isOpenOn(driver: Driver): boolean {
		return this.#open && this.#driver === driver;
	}

	async query<Row = Record<string, unknown>>(
		text: string,
		values: readonly SqlValue[] = []
	): Promise<Row[]> {
		return (await this.run(text, values)).rows as Row[];
	}

	async execute(text: string, values: readonly SqlValue[] = []) {
		return { affectedRows: (await this.run(text, values)).affectedRows };
	}

	afterCommit(key: string, run: (broker: ServiceBroker) => void): void {
		this.callbacks.set(key, run);
	}

	run(text: string, values: readonly SqlValue[]): Promise<Result> {
		return this.attempt(() => this.#driver.run(this.#connection, text, values));
	}

	/** One query, remembering what its failure means for the whole. */
	async attempt<R>(query: () => Promise<R>): Promise<R> {
		if (!this.#open) throw sqlErrors.TRANSACTION_FINISHED();
		// After a deadlock the server has rolled back; what came now would be committed by itself.
		if (this.doom !== undefined) throw this.doom;
		try {
			return await query();
		} catch (error) {
			if (isConnectionError(error)) this.broken = true;
			const undone = !this.#driver.inTransaction(this.#connection);
			if (this.broken || undone || isConflict(error)) this.doom ??= error;
			throw error;
		}
	}

	/** No more queries; models of Sequelize are refused too. */
	end(how: "commit" | "rollback"): void {
		this.#open = false;
		(this.handle as unknown as { finished: string }).finished = how;
		this.#connection.uuid = undefined;
	}
}

/** Runs `work` until it is committed. Throws what `work` threw, or one of `sqlErrors`, or BUSY. */
export async function runTransaction<T>(
	driver: Driver,
	work: (tx: Transaction) => Promise<T>
): Promise<{ value: T; callbacks: OpenTransaction["callbacks"] }> {
	if (scope.getStore()?.isOpenOn(driver)) throw sqlErrors.NESTED_TRANSACTION();
	const deadline = performance.now() + limits.sqlTransactionMillisecondsMax;
	for (let attempt = 1; ; attempt += 1) {
		try {
			return await attemptOnce(driver, work, deadline);
		} catch (error) {
			const others = attempt > 1 && isError(error, "TRANSACTION_TOO_LONG");
			if (others) throw commonErrors.BUSY();
			if (!(error instanceof Undone)) throw error;
			const unreachable = isConnectionError(error.cause);
			if (attempt >= limits.sqlTransactionAttemptsMax || performance.now() > deadline) {
				throw unreachable ? commonErrors.UNAVAILABLE() : commonErrors.BUSY();
			}
			await sleep(backoff(attempt));
		}
	}
}

/** Full jitter: those who collided once do not meet again at the same moment. */
const backoff = (attempt: number): number =>
	Math.random() *
	Math.min(limits.sqlRetryMillisecondsMax, limits.sqlRetryMillisecondsBase * 2 ** attempt);

/** Nothing of the attempt was kept, and the reason is one that may pass. */
class Undone extends Error {
	constructor(cause: unknown) {
		super("The transaction was undone.", { cause });
	}
}

async function attemptOnce<T>(
	driver: Driver,
	work: (tx: Transaction) => Promise<T>,
	deadline: number
) {
	const connection = await acquire(driver);
	const tx = new OpenTransaction(driver, connection);
	try {
		await tx.run(driver.begin, []);
		const value = await before(deadline, tx, () => scope.run(tx, () => work(tx)));
		if (tx.doom !== undefined) throw tx.doom;
		await commit(driver, connection, tx);
		return { value, callbacks: tx.callbacks };
	} catch (error) {
		tx.end("rollback");
		if (!tx.broken) await rollback(driver, connection, tx);
		// `work` may have thrown something of its own because of the doom.
		if (tx.doom !== undefined) throw new Undone(tx.doom);
		throw error;
	} finally {
		if (tx.broken) await driver.destroy(connection);
		else driver.release(connection);
	}
}

async function acquire(driver: Driver): Promise<Connection> {
	try {
		return await driver.acquire("primary");
	} catch (error) {
		if (error instanceof sequelize.ConnectionAcquireTimeoutError) throw commonErrors.BUSY();
		throw isConnectionError(error) ? new Undone(error) : error;
	}
}

async function commit(driver: Driver, connection: Connection, tx: OpenTransaction): Promise<void> {
	tx.end("commit");
	try {
		await driver.run(connection, "COMMIT", []);
	} catch (error) {
		if (driver.dialect === "sqlite" || isConflict(error)) {
			if (isConflict(error)) tx.doom = error;
			throw error;
		}
		// The server may have committed before the answer was lost. Running `work` again could do
		// everything twice, so only the caller can find out, by the key of its intent.
		tx.broken = true;
		throw sqlErrors.COMMIT_OUTCOME_UNKNOWN();
	}
}

async function rollback(driver: Driver, connection: Connection, tx: OpenTransaction) {
	if (!driver.inTransaction(connection)) return;
	try {
		await driver.run(connection, "ROLLBACK", []);
	} catch {
		// The server undoes the transaction of a lost connection by itself.
		tx.broken = true;
	}
}

/** A transaction that hangs keeps its locks, on SQLite the whole file: it is undone instead. */
async function before<T>(
	deadline: number,
	tx: OpenTransaction,
	work: () => Promise<T>
): Promise<T> {
	const { promise, reject } = Promise.withResolvers<never>();
	const timer = setTimeout(
		() => {
			tx.broken = true;
			reject(sqlErrors.TRANSACTION_TOO_LONG());
		},
		Math.max(0, deadline - performance.now())
	);
	try {
		return await Promise.race([work(), promise]);
	} finally {
		clearTimeout(timer);
	}
}
