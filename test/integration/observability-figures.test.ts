/** Figures that say when a person is needed: each is made wrong, and must say so. */
import type { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { countLeaks } from "../../services/flash-sales/flash-sales.metrics.ts";
import idsService from "../../services/ids/ids.service.ts";
import outboxService from "../../services/outbox/outbox.service.ts";
import { watchPayments } from "../../services/payments/payments.metrics.ts";
import { watchLedger } from "../../services/wallets/wallets.metrics.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { until } from "../harness/until.ts";
import { exportedBy } from "./observability-promql.ts";

describe.each(sqlBackends)("figures on $name", (backend) => {
	let opened: Opened;
	let broker: ServiceBroker;
	let db: Sql;
	const isMysql = backend.name === "mariadb";

	beforeAll(async () => {
		if (!backend.available) return;
		opened = await backend.open({ replica: isMysql, variables: { METRICS_PORT: "0" } });
		const services = [idsService, outboxService];
		broker = await startBroker({ env: opened.env, services, migrate: true });
		db = openSql(opened.env, broker);
	});
	afterAll(async () => {
		await db?.close();
		await broker?.stop();
		await opened?.close();
	});

	/** The value of a figure without labels of its own. */
	const figure = async (name: string, labels = ""): Promise<number> => {
		const text = await exportedBy(broker);
		const line = text.split("\n").find((one) => one.startsWith(`${name}{`) && one.includes(labels));
		return Number(line?.split(" ").at(-1));
	};
	/** Takes a sample, waits until the figure has that value, and ends the watch. */
	const becomes = async (watch: () => () => void, name: string, value: number): Promise<void> => {
		const end = watch();
		await until(async () => (await figure(name)) === value);
		end();
	};

	it.skipIf(!backend.available)("transactions are told by their end", async () => {
		const before = await figure("sql_transaction_milliseconds_count", 'ending="committed"');
		await db.transaction((tx) => tx.query("SELECT 1"));
		const refused = db.transaction(() => Promise.reject(new Error("no")));
		await expect(refused).rejects.toThrow("no");
		const name = "sql_transaction_milliseconds_count";
		// The outbox is at work beside it.
		expect(await figure(name, 'ending="committed"')).toBeGreaterThan(before || 0);
		expect(await figure(name, 'ending="refused"')).toBe(1);
	});

	it.skipIf(!backend.available)("coins from nowhere are seen", async () => {
		const name = "wallets_currencies_adrift";
		await becomes(() => watchLedger(broker, { ...db, replica: db }), name, 0);
		await db.execute(
			`INSERT INTO wallets_accounts
				(id, owner, kind, currency, balance, held, frozen, version, hash)
				VALUES (77, 77, 'coins', 'COIN', 5, 0, 0, 0, '')`
		);
		await becomes(() => watchLedger(broker, { ...db, replica: db }), name, 1);
	});

	it.skipIf(!backend.available)("units that gates of flash sales had lost", async () => {
		const leaked = countLeaks(broker);
		leaked(2);
		leaked(3);
		expect(await figure("flash_sales_units_leaked_total")).toBe(5);
	});

	it.skipIf(!backend.available)(
		"payments that fit nothing, refunds and looks that wait",
		async () => {
			const watch = () => watchPayments(broker, db);
			await becomes(watch, "payments_anomalies", 0);
			const then = new Date(Date.now() - 3_600_000);
			await db.execute(
				`INSERT INTO payments_events
				(provider, event_id, word, outcome, anomaly, intent_id, said, received_at)
				VALUES ('sandbox', 'e1', 'paid', 'unknown', 1, NULL, '{}', ?)`,
				[then]
			);
			await db.execute(
				`INSERT INTO payments_refunds
				(refund_key, intent_id, order_id, amount, currency, status, looks, created_at, look_at)
				VALUES ('r1', 1, NULL, 5, 'USD', 'requested', 0, ?, ?)`,
				[then, then]
			);
			await becomes(watch, "payments_anomalies", 1);
			const end = watch();
			await until(async () => (await figure("payments_refund_age_milliseconds")) >= 3_600_000);
			end();
			expect(await figure("payments_look_late_milliseconds")).toBe(0);
		}
	);

	// SQLite has none of these.
	if (!isMysql) return;
	it.skipIf(!backend.available)("clock, connections and the replica", async () => {
		await until(async () => Number.isFinite(await figure("sql_clock_drift_milliseconds")));
		expect(Number.isFinite(await figure("sql_connections_used", 'server="primary"'))).toBe(true);
		await until(async () => Number.isFinite(await figure("sql_replica_lag_milliseconds")), 30_000);
	});
});
