/** Random lives of the stock beside one in memory: G6 after every step, on every database. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sql } from "../../mixins/sql/index.ts";
import { adjustStock } from "../../services/stock/stock.adjusting.ts";
import {
	giveBack,
	openStock,
	release,
	reserve,
	type StockLine,
	sell,
	sellNow
} from "../../services/stock/stock.tx.ts";
import { verifyStock } from "../../services/stock/stock.verify.ts";
import { sqlBackends } from "../harness/backends.ts";
import { databasesOf } from "../harness/databases.ts";
import { type ModelStep, ModelStock } from "./stock-book.ts";

const steps = { reserve, release, sell, sellNow, giveBack };
const skuIds = ["7", "8", "9"];

type Life =
	| { do: "move"; step: ModelStep; lines: readonly StockLine[]; allOrNothing: boolean }
	| { do: "adjust"; key: string; skuId: string; quantity: number }
	/** One of the last once more, word by word. */
	| { do: "again"; back: number };

/** Some of each is sold, so that something can come back. */
const beginning: Life = {
	...{ do: "move", step: "sellNow", allOrNothing: true },
	lines: skuIds.map((skuId) => ({ skuId, quantity: 6, reference: `beginning:${skuId}` }))
};

/** Few references and small piles, so that repeats, conflicts and empty piles are common. */
const line = fc.record({
	// 99 has no stock at all.
	skuId: fc.constantFrom(...skuIds, ...skuIds, ...skuIds, "99"),
	quantity: fc.integer({ min: 1, max: 6 }),
	reference: fc.nat(60).map((number) => `order:${number}`)
});
const move = fc.record({
	do: fc.constant("move" as const),
	step: fc.constantFrom<ModelStep>("reserve", "reserve", ...(Object.keys(steps) as ModelStep[])),
	lines: fc.array(line, { minLength: 1, maxLength: 8 }),
	allOrNothing: fc.boolean()
});
const adjust = fc.record({
	do: fc.constant("adjust" as const),
	key: fc.nat(30).map((number) => `key-${number}`),
	skuId: fc.constantFrom(...skuIds),
	quantity: fc.integer({ min: -8, max: 10 }).filter((quantity) => quantity !== 0)
});
const again = fc.nat(3).map((back) => ({ do: "again" as const, back }));
const life: fc.Arbitrary<Life> = fc.oneof(
	{ weight: 8, arbitrary: move },
	{ weight: 2, arbitrary: adjust },
	{ weight: 6, arbitrary: again }
);

class Beside {
	readonly #sql: Sql;
	readonly #model = new ModelStock();
	readonly #taken: Exclude<Life, { do: "again" }>[] = [];
	readonly #seen: Set<string>;

	/** `seen` gathers what happened, so that the test can tell that all of it did. */
	constructor(sql: Sql, seen: Set<string>) {
		this.#sql = sql;
		this.#seen = seen;
	}

	async open(): Promise<void> {
		const skus = skuIds.map((skuId) => ({ skuId, quantity: 18, actorId: "1" }));
		for (const { skuId, quantity } of skus) this.#model.open(skuId, quantity);
		await this.#sql.transaction((tx) => openStock(tx, skus));
	}

	async take(next: Life): Promise<void> {
		const each = next.do === "again" ? this.#taken.at(-1 - next.back) : next;
		if (!each) return;
		this.#taken.push(each);
		if (each.do === "adjust") await this.#adjust(each);
		else {
			const { step, lines, allOrNothing } = each;
			const found = await this.#sql.transaction((tx) => steps[step](tx, lines, { allOrNothing }));
			expect(found, JSON.stringify(each)).toEqual(this.#model.take(step, lines, allOrNothing));
			for (const { outcome } of found) this.#seen.add(`${step}: ${outcome}`);
		}
		await this.#check();
	}

	async #adjust({ key, skuId, quantity }: Extract<Life, { do: "adjust" }>): Promise<void> {
		const request = {
			...{ userId: "1", key, skuId, quantity, reason: "counted", warehouseId: "1" },
			hash: `${skuId} ${quantity}`
		};
		const answer = await this.#sql
			.transaction((tx) => adjustStock(tx, request))
			.then(
				() => "good",
				() => "refused"
			);
		const expected = this.#model.adjust(key, skuId, quantity);
		expect(answer, JSON.stringify(request)).toBe(expected === "refused" ? "refused" : "good");
		this.#seen.add(`adjust: ${expected}`);
	}

	/** The rows are those of the model, never below zero, and what their movements make. */
	async #check(): Promise<void> {
		const rows = await this.#sql.query<Record<string, number>>("SELECT * FROM stock_levels");
		for (const { sku_id, on_hand: onHand, reserved, sold } of rows) {
			expect({ onHand, reserved, sold }).toEqual(this.#model.piles.get(String(sku_id)));
			expect(Math.min(onHand ?? -1, reserved ?? -1, sold ?? -1)).toBeGreaterThanOrEqual(0);
		}
		expect(rows).toHaveLength(skuIds.length);
		expect((await verifyStock(this.#sql)).faults).toEqual([]);
		const [sums] = await this.#sql.query<Record<string, number>>(
			`SELECT SUM(CASE WHEN kind IN ('initial', 'adjust') THEN quantity ELSE 0 END) AS brought,
					SUM(CASE WHEN kind IN ('sell', 'sell-now') THEN quantity ELSE 0 END) AS sold,
					SUM(CASE WHEN kind = 'give-back' THEN quantity ELSE 0 END) AS returned
				FROM stock_movements`
		);
		const total = (name: string) => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
		const sold = Number(sums?.sold) - Number(sums?.returned);
		expect(total("sold")).toBe(sold);
		expect(total("on_hand")).toBe(Number(sums?.brought) - sold - total("reserved"));
	}
}

/** Everything that can happen; a run in which it does not happen proves little. */
const outcomes = ["done", "insufficient", "repeated", "conflict", "withheld"];
const everything = [
	...Object.keys(steps).flatMap((step) => outcomes.map((outcome) => `${step}: ${outcome}`)),
	...["done", "repeated", "refused"].map((outcome) => `adjust: ${outcome}`)
];

describe.each(sqlBackends)("the stock beside its model on $name", (backend) => {
	const open = databasesOf(backend, ["stock"]);

	it.skipIf(!backend.available)(
		"never differs, whatever happens in whatever order",
		{ timeout: 240_000 },
		async () => {
			const sql = (await open()) as Sql;
			const seen = new Set<string>();
			const property = fc.asyncProperty(
				fc.array(life, { minLength: 25, maxLength: 40 }),
				async (lives) => {
					for (const table of ["adjustments", "movements", "levels"]) {
						await sql.execute(`DELETE FROM stock_${table}`);
					}
					const beside = new Beside(sql, seen);
					await beside.open();
					for (const each of [beginning, ...lives]) await beside.take(each);
				}
			);
			await fc.assert(property, { numRuns: 40 });
			expect(everything.filter((outcome) => !seen.has(outcome))).toEqual([]);
		}
	);
});
