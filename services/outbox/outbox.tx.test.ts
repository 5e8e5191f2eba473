import { randomUUID } from "node:crypto";
import { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { deleteMessages, dueMessages, insertConsumed, sweepConsumed } from "./outbox.model.ts";
import { once, publish, publishAll } from "./outbox.tx.ts";

const expired = { namespace: "users", keys: ["1"] };
const all = (now = Date.now()) => ({ before: new Date(now), limit: 1_000, except: [] });

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`outbox.tx on ${backend.name}`, () => {
		let opened: Opened;
		let sql: Sql;
		const hints: unknown[] = [];
		beforeAll(async () => {
			opened = await backend.open();
			await migrate(opened.env, { services: ["outbox"] });
			const broker = new ServiceBroker({ logger: false });
			broker.broadcast = (async (...words: unknown[]) => {
				hints.push(words);
			}) as typeof broker.broadcast;
			sql = openSql(opened.env, broker);
		});
		beforeEach(async () => {
			hints.length = 0;
			const rows = await dueMessages(sql, all(Date.now() + limits.outboxDelayMillisecondsMax));
			if (rows.length > 0)
				await deleteMessages(
					sql,
					rows.map(({ id }) => id)
				);
		});
		afterAll(async () => {
			await sql?.close();
			await opened?.close();
		});

		it("publishes with the commit and tells the relay once", async () => {
			const ids = await sql.transaction(async (tx) => {
				const first = await publish(tx, "outbox.cacheExpired", expired);
				const second = await publish(tx, "outbox.canary", { sentAt: new Date().toISOString() });
				expect(hints).toEqual([]);
				return [first, second];
			});
			const rows = await dueMessages(sql, all());
			expect(rows.map(({ id }) => id)).toEqual(ids);
			expect(rows[0]).toMatchObject({
				...{ channel: "outbox.cacheExpired", payload: JSON.stringify(expired), consumer: null },
				...{ messageId: ids[0], attempts: 0 }
			});
			expect(hints).toEqual([["outbox.committed", {}, { groups: ["outbox"] }]]);
		});

		it("publishes nothing when the transaction fails", async () => {
			const failing = sql.transaction(async (tx) => {
				await publish(tx, "outbox.cacheExpired", expired);
				throw new Error("changed my mind");
			});
			await expect(failing).rejects.toThrow("changed my mind");
			expect(await dueMessages(sql, all())).toEqual([]);
			expect(hints).toEqual([]);
		});

		it("publishes many at once, in their order", async () => {
			const many = Array.from({ length: limits.outboxRowsPerInsertMax + 1 }, (_, index) => ({
				channel: "outbox.cacheExpired" as const,
				payload: { namespace: "users", keys: [`${index}`] }
			}));
			const ids = await sql.transaction((tx) => publishAll(tx, many));
			const rows = await dueMessages(sql, all());
			expect(rows.map(({ id }) => id)).toEqual(ids);
			expect(rows.map(({ payload }) => JSON.parse(payload))).toEqual(many.map((m) => m.payload));
		});

		it("holds a delayed message back", async () => {
			await sql.transaction(async (tx) => {
				await publish(tx, "outbox.cacheExpired", expired, { delayMs: 60_000 });
			});
			expect(await dueMessages(sql, all(Date.now() + 59_000))).toEqual([]);
			expect(await dueMessages(sql, all(Date.now() + 60_000))).toHaveLength(1);
			expect(hints).toEqual([]);
		});

		it("refuses what the contract does not say, inside the transaction", async () => {
			const attempt = (payload: unknown, options = {}) =>
				sql.transaction((tx) => publish(tx, "outbox.cacheExpired", payload as never, options));
			const bad = [null, "x", {}, { namespace: "users" }, { ...expired, more: 1 }];
			for (const payload of bad) {
				await expect(attempt(payload)).rejects.toMatchObject({ type: "PAYLOAD_INVALID" });
			}
			const key = "é".repeat(limits.cacheKeyCharactersMax);
			const large = { namespace: "users", keys: Array(limits.cacheKeysPerMessageMax).fill(key) };
			await expect(attempt(large)).rejects.toMatchObject({ type: "PAYLOAD_TOO_LARGE" });
			for (const delayMs of [-1, Number.NaN, limits.outboxDelayMillisecondsMax + 1]) {
				await expect(attempt(expired, { delayMs })).rejects.toMatchObject({
					type: "DELAY_OUT_OF_RANGE"
				});
			}
			const unknown = sql.transaction((tx) => publish(tx, "users.nonsense" as never, {} as never));
			await expect(unknown).rejects.toMatchObject({ type: "CHANNEL_UNKNOWN" });
			expect(await dueMessages(sql, all())).toEqual([]);
		});

		it("lets each consumer handle a message once, also when it arrives twice at once", async () => {
			const id = randomUUID();
			const handle = (consumer: string) => sql.transaction((tx) => once(tx, consumer, id));
			const first = await Promise.all(Array.from({ length: 8 }, () => handle("users")));
			expect(first.filter(Boolean)).toHaveLength(1);
			expect(await handle("tags")).toBe(true);
			expect(await handle("tags")).toBe(false);
		});

		it("does not remember a message whose handling was undone", async () => {
			const id = randomUUID();
			const failing = sql.transaction(async (tx) => {
				expect(await once(tx, "users", id)).toBe(true);
				throw new Error("the effect failed");
			});
			await expect(failing).rejects.toThrow("the effect failed");
			expect(await sql.transaction((tx) => once(tx, "users", id))).toBe(true);
		});

		it("forgets what is old, and only that", async () => {
			const id = randomUUID();
			await insertConsumed(sql, "sweeping", id);
			expect(await sweepConsumed(sql, new Date(Date.now() - 60_000))).toBe(0);
			expect(await insertConsumed(sql, "sweeping", id)).toBe(false);
			expect(await sweepConsumed(sql, new Date(Date.now() + 1_000))).toBeGreaterThan(0);
			expect(await insertConsumed(sql, "sweeping", id)).toBe(true);
		});
	});
}
