import type { ServiceBroker } from "moleculer";
import { afterEach, describe, expect, it } from "vitest";
import type { Env } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import idsService from "./ids.service.ts";

describe.each(sqlBackends)("ids on $name", (backend) => {
	const closing: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	async function open(): Promise<Env> {
		const { env, close } = await backend.open();
		closing.push(close);
		return env;
	}

	async function start(env: Env): Promise<ServiceBroker> {
		const broker = await startBroker({ env, services: [idsService], migrate: true });
		closing.push(() => broker.stop());
		return broker;
	}

	it.skipIf(!backend.available)("ids.take answers ascending ids in one block", async () => {
		const platform = typed(await start(await open()));
		expect(await platform.call("ids.take", { name: "users" })).toEqual({ ids: ["1001"] });
		const { ids } = await platform.call("ids.take", { name: "users", count: 3 });
		expect(ids).toEqual(["1002", "1003", "1004"]);
		expect(await platform.call("ids.take", { name: "sessions" })).toEqual({ ids: ["1001"] });
	});

	it.skipIf(!backend.available)(
		"ids.takeUnordered answers each number of a segment once",
		async () => {
			const platform = typed(await start(await open()));
			const { ids } = await platform.call("ids.takeUnordered", { name: "orders", count: 1_000 });
			const sorted = ids.map(Number).toSorted((left, right) => left - right);
			expect(ids.map(Number)).not.toEqual(sorted);
			expect(sorted).toEqual(Array.from({ length: 1_000 }, (_, at) => 10_000_001 + at));
		}
	);

	it.skipIf(!backend.available)(
		"refuses names it does not know, or of the other kind",
		async () => {
			const broker = await start(await open());
			const refused = [
				{ name: "unknown" },
				{ name: "__proto__" },
				{ name: "orders" },
				{ name: "users", count: 0 },
				{ name: "users", count: limits.idsPerTakeMax + 1 },
				{ name: "users", count: 1.5 },
				{ name: "users", more: true }
			];
			for (const params of refused) {
				await expect(broker.call("ids.take", params)).rejects.toMatchObject({ code: 422 });
			}
			await expect(broker.call("ids.takeUnordered", { name: "users" })).rejects.toMatchObject({
				code: 422
			});
		}
	);

	it.skipIf(!backend.available)("goes on behind its last segment after a restart", async () => {
		const env = await open();
		const first = await start(env);
		const before = await typed(first).call("ids.take", { name: "users", count: 10 });
		await first.stop();
		closing.pop();
		const after = await typed(await start(env)).call("ids.take", { name: "users" });
		expect(Number(after.ids[0])).toBeGreaterThan(Number(before.ids.at(-1)));
	});

	it.skipIf(!backend.available)("waits for a table that is away, then goes on", async () => {
		const env = await open();
		const platform = typed(await start(env));
		const db = openSql(env);
		closing.push(() => db.close());
		await db.execute("ALTER TABLE ids_segments RENAME TO ids_away");
		await expect(
			platform.call(
				"ids.take",
				{ name: "users" },
				{ timeout: limits.idsAnswerMarginMilliseconds + 100 }
			)
		).rejects.toMatchObject({ type: "UNAVAILABLE", code: 503 });
		const waiting = platform.call("ids.take", { name: "users" });
		await db.execute("ALTER TABLE ids_away RENAME TO ids_segments");
		expect(await waiting).toEqual({ ids: ["1001"] });
	});

	it.skipIf(!backend.available)("gives many callers at once different ids", async () => {
		const env = await open();
		const brokers = [await start(env), await start(env)];
		const answers = await Promise.all(
			Array.from({ length: 400 }, (_, at) =>
				typed(brokers[at % 2] as ServiceBroker).call("ids.take", { name: "users", count: 9 })
			)
		);
		const taken = answers.flatMap(({ ids }) => ids);
		expect(new Set(taken).size).toBe(3_600);
	});
});
