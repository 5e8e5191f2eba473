import { describe, expect, it } from "vitest";
import { sqlBackends } from "../../test/harness/backends.ts";
import { databasesOf } from "../../test/harness/databases.ts";
import { openStock, reserve, sell } from "./stock.tx.ts";
import { verifyStock } from "./stock.verify.ts";

/** What somebody with access to the tables may do, and what it is found out by. */
const tampering: readonly [statement: string, reasons: readonly string[]][] = [
	["UPDATE stock_levels SET on_hand = on_hand + 5 WHERE sku_id = 7", ["counts"]],
	["UPDATE stock_levels SET sold = 0, on_hand = 10 WHERE sku_id = 7", ["counts"]],
	["DELETE FROM stock_movements WHERE kind = 'sell'", ["missing", "counts"]],
	["DELETE FROM stock_movements WHERE kind = 'reserve'", ["missing"]],
	["UPDATE stock_movements SET quantity = 1 WHERE kind = 'sell'", ["movement"]],
	["UPDATE stock_movements SET reference = 'order:2' WHERE kind = 'sell'", ["movement"]],
	["UPDATE stock_movements SET settled = NULL", ["movement"]],
	["UPDATE stock_movements SET reason = 'gift' WHERE kind = 'initial'", ["movement", "movement"]],
	["UPDATE stock_movements SET actor_id = 2 WHERE level_id < 8000", ["movement"]],
	["DELETE FROM stock_levels WHERE sku_id = 7", ["orphan"]],
	["UPDATE stock_levels SET warehouse_id = 2 WHERE sku_id = 7", ["level"]]
];

describe.each(sqlBackends)("stock:verify on $name", (backend) => {
	const open = databasesOf(backend, ["stock"]);

	it.skipIf(!backend.available).each(tampering)("finds out: %s", async (statement, reasons) => {
		const sql = await open();
		const line = { skuId: "7", quantity: 3, reference: "order:1" };
		await sql.transaction(async (tx) => {
			await openStock(tx, [
				{ skuId: "7", quantity: 10, actorId: "1" },
				{ skuId: "8", quantity: 10, actorId: "1" }
			]);
			await reserve(tx, [line]);
			await sell(tx, [line]);
		});
		expect(await verifyStock(sql)).toEqual({ levels: 2, movements: 4, faults: [] });
		await sql.execute(statement);
		const { faults } = await verifyStock(sql);
		const found = faults.map(({ reason }) => reason);
		expect(found).toEqual(expect.arrayContaining([...reasons]));
	});
});
