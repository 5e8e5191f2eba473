/** `this.sql` in a service: one shared database per broker, on SQLite or MySQL. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import type { Mixin } from "../../lib/service.ts";
import { openSql, type Sql } from "./connection.ts";
import { watchSql } from "./figures.ts";

export { openSql, type Sql } from "./connection.ts";
export { isUniqueViolation, sqlErrors } from "./errors.ts";
export { lockInOrder } from "./ordered-locks.ts";
export type { Queryable } from "./queryable.ts";
export { tableOptions } from "./table-options.ts";
export type { Transaction } from "./transaction.ts";
export { placeholders, type SqlValue } from "./values.ts";

interface Shared {
	readonly sql: Sql;
	/** One promise for all services that start at once. */
	ready: Promise<void> | undefined;
	services: number;
	unwatch(): void;
}

const shared = new WeakMap<ServiceBroker, Shared>();

/** `started` of any service finds the database answering; `stopped` finds it still open. */
export function sql(): Mixin<{ sql: Sql }> {
	return {
		created(this: { broker: ServiceBroker; sql: Sql }) {
			this.sql = join(this.broker).sql;
		},
		async started(this: { broker: ServiceBroker }) {
			const entry = shared.get(this.broker);
			if (!entry) return;
			entry.ready ??= answering(this.broker, entry.sql);
			await entry.ready;
		},
		async stopped(this: { broker: ServiceBroker }) {
			await leave(this.broker);
		}
	} as unknown as Mixin<{ sql: Sql }>;
}

/** The database of the broker, opened by the first who asks. Each `join` needs its `leave`. */
export function join(broker: ServiceBroker): Shared {
	let entry = shared.get(broker);
	if (!entry) {
		const database = openSql(envOf(broker), broker);
		const unwatch = watchSql(broker, database);
		entry = { sql: database, ready: undefined, services: 0, unwatch };
		shared.set(broker, entry);
	}
	entry.services += 1;
	return entry;
}

async function leave(broker: ServiceBroker): Promise<void> {
	const entry = shared.get(broker);
	if (!entry) return;
	entry.services -= 1;
	if (entry.services > 0) return;
	shared.delete(broker);
	entry.unwatch();
	await entry.sql.close();
}

/** In a cluster the database may come up a little later than the nodes. */
async function answering(broker: ServiceBroker, database: Sql): Promise<void> {
	const deadline = performance.now() + limits.sqlConnectMillisecondsMax;
	for (;;) {
		try {
			await database.ping();
			return;
		} catch (error) {
			if (performance.now() > deadline) throw error;
			broker.logger.warn("The database does not answer yet.");
			await sleep(limits.sqlRetryMillisecondsMax);
		}
	}
}
