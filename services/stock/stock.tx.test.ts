import { describe, expect, it } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import {
	giveBack,
	openStock,
	release,
	reserve,
	type StockLine,
	type StockOptions,
	type StockStep,
	sell,
	sellNow
} from "./stock.tx.ts";
import { verifyStock } from "./stock.verify.ts";

const line = (skuId: string, quantity: number, reference: string): StockLine => ({
	...{ skuId, quantity, reference }
});

describe.each(sqlBackends)("steps of the stock on $name", (backend) => {
	const open = databasesOf(backend, ["stock"]);

	async function start(...units: readonly [skuId: string, quantity: number][]) {
		const sql = await open();
		const news = units.map(([skuId, quantity]) => ({ skuId, quantity, actorId: "1" }));
		await sql.transaction((tx) => openStock(tx, news));
		return {
			sql,
			run: (step: StockStep, lines: readonly StockLine[], options?: StockOptions) =>
				sql.transaction((tx) => step(tx, lines, options)),
			counts: (skuId: string) => countsOf(sql, skuId),
			whole: async () => expect((await verifyStock(sql)).faults).toEqual([])
		};
	}

	async function countsOf(sql: Sql, skuId: string) {
		const [row] = await sql.query<{ on_hand: number; reserved: number; sold: number }>(
			"SELECT on_hand, reserved, sold FROM stock_levels WHERE sku_id = ?",
			[skuId]
		);
		return row && [row.on_hand, row.reserved, row.sold];
	}

	it.skipIf(!backend.available)("moves units from place to place, each line once", async () => {
		const { run, counts, whole } = await start(["7", 10]);
		const [first] = await run(reserve, [line("7", 4, "order:1")]);
		expect(first).toEqual({ outcome: "done", onHand: 6 });
		expect(await counts("7")).toEqual([6, 4, 0]);
		expect(await run(reserve, [line("7", 4, "order:1")])).toEqual([{ outcome: "repeated" }]);
		expect(await run(reserve, [line("7", 3, "order:1")])).toEqual([{ outcome: "conflict" }]);
		expect(await run(sell, [line("7", 4, "order:1")])).toMatchObject([{ outcome: "done" }]);
		expect(await counts("7")).toEqual([6, 0, 4]);
		expect(await run(sellNow, [line("7", 2, "order:2")])).toMatchObject([{ outcome: "done" }]);
		expect(await run(giveBack, [line("7", 1, "return:1")])).toMatchObject([{ outcome: "done" }]);
		expect(await counts("7")).toEqual([5, 0, 5]);
		await whole();
	});

	it.skipIf(!backend.available)("settles what is reserved one way only", async () => {
		const { run, counts, whole } = await start(["7", 10]);
		await run(reserve, [line("7", 4, "order:1"), line("7", 4, "order:2")]);
		await run(release, [line("7", 4, "order:1")]);
		// The four of order 2 are still reserved, and not those of order 1.
		expect(await run(sell, [line("7", 4, "order:1")])).toEqual([{ outcome: "conflict" }]);
		expect(await run(release, [line("7", 4, "order:1")])).toEqual([{ outcome: "repeated" }]);
		expect(await counts("7")).toEqual([6, 4, 0]);
		await whole();
	});

	it.skipIf(!backend.available)("counts lines of one SKU together", async () => {
		const { run, counts, whole } = await start(["7", 5], ["8", 5]);
		const lines = [line("7", 3, "a:1"), line("8", 1, "a:2"), line("7", 3, "a:3")];
		expect(await run(reserve, lines, { allOrNothing: true })).toEqual([
			{ outcome: "withheld" },
			{ outcome: "withheld" },
			{ outcome: "insufficient", available: 2 }
		]);
		expect(await counts("7")).toEqual([5, 0, 0]);
		expect(await run(reserve, lines)).toEqual([
			{ outcome: "done", onHand: 2 },
			{ outcome: "done", onHand: 4 },
			{ outcome: "insufficient", available: 2 }
		]);
		// What was done is left out of "all", what was refused may be tried again.
		await run(release, [line("8", 1, "a:2")]);
		const again = [line("7", 3, "a:1"), line("7", 2, "a:3")];
		expect(await run(reserve, again, { allOrNothing: true })).toEqual([
			{ outcome: "repeated" },
			{ outcome: "done", onHand: 0 }
		]);
		expect(await counts("7")).toEqual([0, 5, 0]);
		await whole();
	});

	it.skipIf(!backend.available)("has nothing of what it does not know", async () => {
		const { run } = await start(["7", 0]);
		for (const skuId of ["99", "7", "9999999999999999"]) {
			expect(await run(sellNow, [line(skuId, 1, `x:${skuId}`)])).toEqual([
				{ outcome: "insufficient", available: 0 }
			]);
		}
		const bad = [line("7", 0, "a"), line("7", -1, "a"), line("7", 1.5, "a"), line("7", 1, "a b")];
		for (const one of bad) await expect(run(reserve, [one])).rejects.toThrow(TypeError);
		await expect(run(reserve, [line("7", 1, "x".repeat(101))])).rejects.toThrow(TypeError);
	});

	it.skipIf(!backend.available)("lets one of 64 buyers have the last unit", async () => {
		const { run, counts, whole } = await start(["7", 1]);
		const buyers = Array.from({ length: 64 }, (_, buyer) =>
			run(reserve, [line("7", 1, `order:${buyer}`)], { allOrNothing: true })
		);
		const verdicts = (await Promise.all(buyers)).flat();
		expect(verdicts.filter(({ outcome }) => outcome === "done")).toHaveLength(1);
		expect(verdicts.filter(({ outcome }) => outcome === "insufficient")).toHaveLength(63);
		expect(await counts("7")).toEqual([0, 1, 0]);
		await whole();
	});

	it.skipIf(!backend.available)("takes a line once however many tell it at once", async () => {
		const { run, counts, whole } = await start(["7", 100], ["8", 100]);
		const tell = (skuId: string) => run(sellNow, [line(skuId, 1, "order:1")]);
		// Half of them with another SKU: only one of both can have the reference.
		const verdicts = (
			await Promise.all(Array.from({ length: 20 }, (_, index) => tell(index % 2 ? "7" : "8")))
		).flat();
		const said = (outcome: string) => verdicts.filter((one) => one.outcome === outcome).length;
		expect([said("done"), said("repeated"), said("conflict")]).toEqual([1, 9, 10]);
		const [seven = [], eight = []] = [await counts("7"), await counts("8")];
		expect((seven[2] ?? 0) + (eight[2] ?? 0)).toBe(1);
		await whole();
	});

	it.skipIf(!backend.available)("settles once when releases and sales race", async () => {
		const { run, counts, whole } = await start(["7", 100]);
		const lines = Array.from({ length: 10 }, (_, index) => line("7", 1, `order:${index}`));
		await run(reserve, lines);
		const races = lines.flatMap((one) => [sell, release, sell].map((step) => run(step, [one])));
		const verdicts = (await Promise.all(races)).flat();
		expect(verdicts.filter(({ outcome }) => outcome === "done")).toHaveLength(10);
		const [onHand = 0, reserved, sold = 0] = (await counts("7")) ?? [];
		expect([reserved, onHand + sold]).toEqual([0, 100]);
		await whole();
	});

	it.skipIf(!backend.available)("does not deadlock when orders name SKUs crosswise", async () => {
		const { run, counts, whole } = await start(["7", 200], ["8", 200]);
		const orders = Array.from({ length: 40 }, (_, order) => {
			const lines = [line("7", 1, `o:${order}:1`), line("8", 1, `o:${order}:2`)];
			return run(reserve, order % 2 ? lines : lines.toReversed(), { allOrNothing: true });
		});
		for (const verdicts of await Promise.all(orders)) {
			expect(verdicts.map(({ outcome }) => outcome)).toEqual(["done", "done"]);
		}
		expect([await counts("7"), await counts("8")]).toEqual([
			[160, 40, 0],
			[160, 40, 0]
		]);
		await whole();
	});

	it.skipIf(!backend.available)("takes 500 lines in a few statements", async () => {
		const skus = Array.from({ length: 120 }, (_, index) => String(index + 1));
		const { sql, whole } = await start(...skus.map((id): [string, number] => [id, 10]));
		const lines = Array.from({ length: 500 }, (_, index) =>
			line(skus[index % 120] ?? "", 1, `o:${index}`)
		);
		let statements = 0;
		const verdicts = await sql.transaction((tx) => {
			const counted = {
				...{ dialect: tx.dialect, forUpdate: tx.forUpdate, handle: tx.handle },
				afterCommit: tx.afterCommit.bind(tx),
				query: (...args: Parameters<typeof tx.query>) => {
					statements += 1;
					return tx.query(...args);
				},
				execute: (...args: Parameters<typeof tx.execute>) => {
					statements += 1;
					return tx.execute(...args);
				}
			};
			return reserve(counted as typeof tx, lines);
		});
		expect(verdicts.every(({ outcome }) => outcome === "done")).toBe(true);
		expect(statements).toBeLessThanOrEqual(5);
		await whole();
	});
});
