/** The mixin: one database per broker, there from the first `started` to the last `stopped`. */
import { ServiceBroker } from "moleculer";
import { describe, expect, test } from "vitest";
import { bindEnv } from "../../config/env.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { type Sql, sql } from "./index.ts";

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`the sql mixin on ${backend.name}`, () => {
		test("services share one database, open in started and in stopped", async () => {
			const { env, close } = await backend.open();
			const broker = new ServiceBroker({
				logger: false,
				skipProcessEventRegistration: true,
				created: (created) => bindEnv(created, env)
			});
			const seen: Record<string, unknown> = {};
			const make = (name: string) =>
				broker.createService({
					name,
					mixins: [sql()],
					async started(this: { sql: Sql }) {
						seen[`${name} started`] = await this.sql.query("SELECT 1 AS one");
					},
					async stopped(this: { sql: Sql }) {
						seen[`${name} stopped`] = await this.sql.query("SELECT 2 AS two");
					}
				});
			make("a");
			make("b");
			await broker.start();
			const local = (name: string) => (broker.getLocalService(name) as unknown as { sql: Sql }).sql;
			const shared = local("a");
			expect(local("b")).toBe(shared);
			await broker.destroyService("a");
			await shared.ping();
			await broker.stop();
			expect(seen).toEqual({
				"a started": [{ one: 1 }],
				"b started": [{ one: 1 }],
				"a stopped": [{ two: 2 }],
				"b stopped": [{ two: 2 }]
			});
			await expect(shared.ping()).rejects.toThrow();
			await close();
		});

		test("brokers in one process have databases of their own", async () => {
			const [first, second] = [await backend.open(), await backend.open()];
			const start = async (env: typeof first.env) => {
				const broker = new ServiceBroker({
					logger: false,
					skipProcessEventRegistration: true,
					created: (created) => bindEnv(created, env)
				});
				broker.createService({ name: "a", mixins: [sql()] });
				await broker.start();
				return { broker, sql: (broker.getLocalService("a") as unknown as { sql: Sql }).sql };
			};
			const [one, two] = [await start(first.env), await start(second.env)];
			await one.sql.execute("CREATE TABLE things (id BIGINT PRIMARY KEY)");
			await expect(two.sql.query("SELECT * FROM things")).rejects.toThrow();
			// A transaction of one broker is no concern of the other's queries.
			await one.sql.transaction(async () => two.sql.ping());
			await one.broker.stop();
			await two.sql.ping();
			await two.broker.stop();
			await Promise.all([first.close(), second.close()]);
		});
	});
}
