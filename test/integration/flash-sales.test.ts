/**
 * Many at once in a flash sale: 64 for the last unit, limits, any crowd beside the sums that must
 * hold; on one node, and on two that sell the same sale and know nothing of each other's gate.
 */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { type FlashStage, saleFaults, startFlashSales } from "../harness/flash-stage.ts";

const tally = (words: readonly string[]): Record<string, number> =>
	Object.fromEntries(
		[...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length])
	);

const attempt = fc.record({
	user: fc.integer({ min: 1, max: 6 }),
	key: fc.integer({ min: 1, max: 5 }),
	quantity: fc.integer({ min: 1, max: 3 }),
	node: fc.nat({ max: 1 })
});
type Attempt = typeof attempt extends fc.Arbitrary<infer One> ? One : never;
const crowd = fc.record({
	stock: fc.integer({ min: 1, max: 12 }),
	limitPerUser: fc.integer({ min: 1, max: 4 }),
	attempts: fc.array(attempt, { minLength: 10, maxLength: 80 }),
	unpaid: fc.nat({ max: 3 })
});

describe.each(sqlBackends)("a crowd at a flash sale on $name", (backend) => {
	let opened: Opened;
	/** On SQLite there is one process, so one node. */
	let nodes: FlashStage[] = [];

	beforeAll(async () => {
		if (!backend.available) return;
		opened = await backend.open();
		nodes = [await startFlashSales(opened)];
		if (backend.name === "mariadb") nodes.push(await startFlashSales(opened));
	});
	afterAll(async () => {
		for (const node of nodes) await node.stop();
		await opened?.close();
	});

	const node = (index: number) => nodes[index % nodes.length] as FlashStage;
	const sale = async (changes: Parameters<FlashStage["sale"]>[0]) => {
		const made = await node(0).sale(changes);
		for (const each of nodes) await each.atGate(made.id);
		return made;
	};
	const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
		Promise.all(Array.from({ length: count }, (_, index) => make(index)));
	let lastUser = 10_000;

	it.skipIf(!backend.available)("lets one of 64 have the last unit", async () => {
		const { id } = await sale({ stock: 1 });
		const answers = await many(64, (index) => node(index).buy(id, String(++lastUser)));
		expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ bought: 1, "sold-out": 63 });
		expect(await saleFaults(node(0).db, id)).toEqual([]);
	});

	it.skipIf(!backend.available)("lets one user have the limit out of 64 tries", async () => {
		const { id } = await sale({ stock: 50, limitPerUser: 3 });
		const userId = String(++lastUser);
		const answers = await many(64, (index) => node(index).buy(id, userId));
		expect(tally(answers.map(({ outcome }) => outcome))).toEqual({
			...{ bought: 3, "limit-reached": 61 }
		});
		expect(await saleFaults(node(0).db, id)).toEqual([]);
	});

	it.skipIf(!backend.available)("sells a key once that comes 64 times at once", async () => {
		const { id } = await sale({ stock: 50, limitPerUser: 20 });
		const userId = String(++lastUser);
		const answers = await many(64, (index) => node(index).buy(id, userId, { key: "one" }));
		expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
		expect((await node(0).call("flash-sales.get", { id })).stock).toMatchObject({ sold: 1 });
		expect(await saleFaults(node(0).db, id)).toEqual([]);
	});

	it.skipIf(!backend.available)(
		"any crowd: what was promised is there, and no more than there was",
		{ timeout: 120_000 },
		async () => {
			const property = fc.asyncProperty(crowd, async ({ attempts, unpaid, ...terms }) => {
				const { id } = await sale(terms);
				lastUser += 10;
				const base = lastUser;
				const ask = async (one: Attempt) => {
					const { user, key, quantity } = one;
					try {
						const words = { key: `k${key}-${base}`, quantity };
						const answer = await node(one.node).buy(id, String(base + user), words);
						return JSON.stringify([quantity, answer]);
					} catch (error) {
						expect(error).toMatchObject({ type: "IDEMPOTENCY_CONFLICT" });
						return "conflict";
					}
				};
				const said = await Promise.all(attempts.map(ask));
				expect(await saleFaults(node(0).db, id)).toEqual([]);
				// All that was answered is answered so again, also when units have come back.
				const bought = await node(0).db.query<{ order_id: number }>(
					"SELECT order_id FROM flash_sales_purchases WHERE sale_id = ? AND outcome = 'bought'",
					[id]
				);
				const orderIds = bought.slice(0, unpaid).map(({ order_id }) => String(order_id));
				await node(0).timeUp(orderIds);
				const promised = new Set(said.flatMap((text) => /"id":"(\d+)"/.exec(text)?.slice(1) ?? []));
				expect([...promised].sort()).toEqual(bought.map((row) => String(row.order_id)).sort());
				const again = await Promise.all(
					attempts.map((one, index) =>
						said[index]?.includes("bought") ? ask(one) : (said[index] as string)
					)
				);
				expect(again).toEqual(said);
				expect(await saleFaults(node(0).db, id)).toEqual([]);
				await node(0).call(
					"flash-sales.cancel",
					{ id },
					{
						meta: { user: { id: "1", sessionId: "1" } }
					}
				);
				expect(await saleFaults(node(0).db, id)).toEqual([]);
			});
			await fc.assert(property, { numRuns: 12 });
		}
	);
});
