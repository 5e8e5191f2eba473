import type { Service, ServiceBroker, ServiceSchema } from "moleculer";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ChannelContext } from "../../lib/service.ts";
import outbox from "../../services/outbox/outbox.service.ts";
import { storeBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import { type Sql, sql } from "../sql/index.ts";
import { type Cache, cache } from "./index.ts";

type Owner = Service & { cache: Cache; sql: Sql };

const owner = { name: "owner", mixins: [cache(), sql()] } as ServiceSchema;

/** Does with the message what the platform's consumer does. */
const expirer = {
	name: "expirer",
	mixins: [cache()],
	channels: {
		"outbox.cacheExpired": {
			group: "expirer",
			context: true,
			handler(this: Owner, ctx: ChannelContext<Parameters<Cache["expire"]>[0]>) {
				return this.cache.expire(ctx.params);
			}
		}
	}
} as unknown as ServiceSchema;

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`the second delete with ${backend.name}`, () => {
		async function platform() {
			const { env, close } = await backend.open();
			const brokers: ServiceBroker[] = [];
			onTestFinished(async () => {
				for (const broker of brokers) await broker.stop();
				await close();
			});
			return async (...services: ServiceSchema[]) => {
				const broker = await startBroker({ env, services: [owner, ...services], migrate: true });
				brokers.push(broker);
				const node = broker.getLocalService("owner") as Owner;
				const names = node.cache.namespace("names", { ttlMs: 600_000, nullTtlMs: 600_000 });
				return { node, broker, names };
			};
		}

		const change = ({ sql, cache }: Owner, commits = true) =>
			sql.transaction(async (tx) => {
				await cache.invalidate(tx, "names", ["1", "2"]);
				if (!commits) throw new Error("changed my mind");
			});

		test("deletes after the commit, and again what a slow reader stored after that", async () => {
			const { node, names } = await (await platform())(outbox, expirer);
			await names.get("1", async () => "old");
			await change(node);
			expect(await names.get("1", async () => "read before the commit")).toMatch(/before/);
			await until(async () => (await names.get("1", async () => "new")) === "new");
		});

		test("does nothing when the transaction is rolled back", async () => {
			const { node, names } = await (await platform())();
			await names.get("1", async () => "old");
			await expect(change(node, false)).rejects.toThrow("changed my mind");
			expect(await names.get("1", async () => "new")).toBe("old");
			expect(await node.sql.query("SELECT id FROM outbox_messages")).toEqual([]);
		});

		test("comes though the process that committed is gone", async () => {
			const start = await platform();
			const first = await start();
			await change(first.node);
			await first.names.get("1", async () => "read before the commit");
			await first.broker.stop();
			const { names } = await start(outbox, expirer);
			await until(async () => (await names.get("1", async () => "new")) === "new", 25_000);
		});
	});
}
