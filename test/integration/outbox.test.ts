/** Facts on their whole way: transaction → outbox → bus → consumers, embedded and on real NATS. */
import { setImmediate } from "node:timers/promises";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { dueMessages } from "../../services/outbox/outbox.model.ts";
import outbox from "../../services/outbox/outbox.service.ts";
import { publish } from "../../services/outbox/outbox.tx.ts";
import { until } from "../harness/until.ts";
import { consumer, neighbours, operator } from "./outbox-node.ts";
import { type OutboxPlatform, outboxShapes } from "./outbox-platform.ts";

const channel = "outbox.cacheExpired";
const plan = [
	{ name: "outbox.canary", groups: ["outbox"] },
	{ name: channel, groups: ["fine", "outbox", "sick"] }
];
const expired = (key: string) => ({ namespace: "users", keys: [key] });

interface Seen {
	readonly key: string | undefined;
	readonly messageId: string;
	readonly requestId: string | null | undefined;
}

for (const shape of outboxShapes) {
	describe.skipIf(!shape.available)(`outbox, ${shape.name}`, () => {
		let platform: OutboxPlatform;
		let broker: ServiceBroker;
		let sql: Sql;
		let isSick = false;
		let fine: Seen[];
		let sick: Seen[];
		const seeing = (name: string, list: () => Seen[], mayFail: boolean): ServiceSchema =>
			consumer(name, channel, async (ctx) => {
				const [key] = ctx.params.keys;
				list().push({ key, messageId: ctx.headers["message-id"], requestId: ctx.requestID });
				if (mayFail && isSick) throw new Error("I feel sick.");
			});
		const say = (key: string, options?: { delayMs?: number; requestId?: string }) =>
			sql.transaction((tx) => publish(tx, channel, expired(key), options));

		beforeEach(async () => {
			[isSick, fine, sick] = [false, [], []];
			platform = await shape.open(plan);
			const consumers = [seeing("fine", () => fine, false), seeing("sick", () => sick, true)];
			if (shape.name === "embedded") {
				broker = await platform.node([outbox, ...neighbours, ...consumers]);
			} else {
				await platform.node(consumers, "consumers");
				broker = await platform.node([outbox, ...neighbours], "relay");
			}
			sql = openSql(platform.env, broker);
		});
		afterEach(async () => {
			await sql?.close();
			await platform?.close();
		});

		const node = () => typed(broker);

		it("brings a committed fact to every consumer, with its id and request", async () => {
			const messageId = await say("a", { requestId: "request-1" });
			await until(() => fine.length === 1 && sick.length === 1);
			expect(fine).toEqual([{ key: "a", messageId, requestId: "request-1" }]);
			expect(sick).toEqual(fine);
			await until(async () => (await node().call("outbox.stats")).pending === 0);
		});

		it("proves by the canary that messages arrive", async () => {
			await until(async () => (await node().call("outbox.stats")).canaryAgeMs !== null);
			const stats = await node().call("outbox.stats");
			expect(stats).toMatchObject({ dead: 0, oldestAgeMs: expect.any(Number) });
			expect(stats.canaryAgeMs).toBeLessThan(10_000);
		});

		it("keeps what a consumer cannot handle, and heals by a replay to that one", async () => {
			isSick = true;
			const ids = [await say("a"), await say("b"), await say("c")];
			await until(async () => (await node().call("outbox.stats")).dead === 3);
			expect(sick).toHaveLength(9);
			await until(() => fine.length === 3);

			const first = await node().call("outbox.deadLetters", { limit: 2, channel }, operator);
			expect(first.items).toHaveLength(2);
			const next = await node().call(
				"outbox.deadLetters",
				{ cursor: first.nextCursor ?? "" },
				operator
			);
			expect(next).toMatchObject({ items: [expect.anything()], nextCursor: null });
			const letters = [...first.items, ...next.items];
			expect(letters.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort());
			expect(letters[0]).toMatchObject({
				...{ source: "consumer", consumer: "sick", channel, attempts: 3 },
				...{ error: "Error: I feel sick.", payload: { namespace: "users" } }
			});

			[isSick, sick] = [false, []];
			const [letter] = letters;
			const id = letter?.id ?? "";
			expect(await node().call("outbox.replay", { id }, operator)).toEqual({
				messageId: letter?.messageId
			});
			await until(() => sick.length === 1);
			expect(sick[0]?.messageId).toBe(letter?.messageId);
			const stranger = { meta: { user: { id: "8", sessionId: "1" } } };
			await expect(node().call("outbox.replay", { id }, stranger)).rejects.toMatchObject({
				type: "FORBIDDEN"
			});
			await expect(node().call("outbox.replay", { id }, operator)).rejects.toMatchObject({
				type: "DEAD_LETTER_NOT_FOUND"
			});

			expect(await node().call("outbox.replayAll", {}, operator)).toEqual({ replayed: 2, left: 0 });
			await until(() => sick.length === 3);
			expect(new Set(sick.map(({ messageId }) => messageId))).toEqual(new Set(ids));
			// The one that was well was not asked again.
			expect(fine).toHaveLength(3);
		});

		it("buries a letter once, however often it is told", async () => {
			const letter = {
				...{ channel, consumer: "sick", messageId: "m1", payload: "{}" },
				...{ attempts: 3, error: "Error: no", isOutage: false }
			};
			await node().call("outbox.bury", letter);
			await node().call("outbox.bury", letter);
			expect((await node().call("outbox.stats")).dead).toBe(1);
		});

		it("sends what failed by an outage again, later and to that consumer", async () => {
			await node().call("outbox.bury", {
				...{ channel, consumer: "sick", messageId: "m1", payload: "{}" },
				...{ attempts: 3, error: "UNAVAILABLE", isOutage: true }
			});
			expect((await node().call("outbox.stats")).dead).toBe(0);
			const before = new Date(Date.now() + limits.outboxConsumerOutageMilliseconds);
			const rows = await dueMessages(sql, { before, limit: 10, except: ["outbox.canary"] });
			expect(rows).toEqual([
				expect.objectContaining({ channel, consumer: "sick", messageId: "m1", attempts: 0 })
			]);
		});

		it("delivers a delayed fact when it is due", async () => {
			const due = Date.now() + 400;
			await say("later", { delayMs: 400 });
			await until(() => fine.length === 1);
			expect(Date.now()).toBeGreaterThanOrEqual(due);
		});

		it("loses nothing that was committed while the broker stopped", async () => {
			let isWriting = true;
			const written: string[] = [];
			const writing = (async () => {
				for (let index = 0; isWriting; index += 1) {
					written.push(await say(`${index}`));
					await setImmediate();
				}
			})();
			await until(() => fine.length > 10);
			await broker.stop();
			isWriting = false;
			await writing;
			await platform.node(
				shape.name === "embedded"
					? [outbox, seeing("fine", () => fine, false), seeing("sick", () => sick, true)]
					: [outbox],
				"second"
			);
			const missing = () => {
				const arrived = new Set(fine.map(({ messageId }) => messageId));
				return written.filter((id) => !arrived.has(id));
			};
			await vi.waitFor(() => expect(missing()).toEqual([]), { timeout: 15_000 });
		});
	});
}
