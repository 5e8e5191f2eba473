/** Sales made for a bench, their gates, and whether the books are right after it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import type { Sql } from "../../mixins/sql/index.ts";
import { createSale } from "../../services/flash-sales/flash-sales.lifecycle.ts";
import type { GateStore } from "../../services/flash-sales/flash-sales.store.ts";
import { openStock } from "../../services/stock/stock.tx.ts";

export const hostId = "1";
const hour = 3_600_000;

/** A sale of so many units of a new SKU with the same id. */
export async function makeSale(db: Sql, id: string, units: number): Promise<void> {
	const [startsAt, endsAt] = [new Date(Date.now() - 1_000), new Date(Date.now() + hour)];
	const good = { skuId: id, productId: id, title: "Tea", pictureUrl: null, attributes: [] };
	await db.transaction((tx) => openStock(tx, [{ skuId: id, quantity: units, actorId: hostId }]));
	await createSale(
		db,
		{
			...{ ...good, id, roomId: id, hostId, currency: "USD", price: 100, listPrice: 200 },
			...{ initial: units, limitPerUser: 20, startsAt, endsAt },
			...{ intent: `${hostId}:sale-${id}`, hash: "0".repeat(64) }
		},
		{ perRoomMax: 1 }
	);
}

/** Waits until the gates of these sales stand in that process. */
export async function gatesOf(broker: ServiceBroker, saleIds: readonly string[]): Promise<void> {
	const { gate } = broker.getLocalService("flash-sales") as unknown as { gate: GateStore };
	while ((await gate.epochs(saleIds)).includes(0)) await sleep(50);
}

/** A figure counts only if each order that it counts is there, once, with its units. */
export async function checkBooks(db: Sql): Promise<string> {
	const one = async (text: string): Promise<number> =>
		Number((await db.query<{ value: number }>(`SELECT ${text}`))[0]?.value);
	const sold = await one("SUM(sold_units) AS value FROM flash_sales_sales");
	const counts = await Promise.all([
		one("COUNT(*) AS value FROM flash_sales_units"),
		one("COUNT(*) AS value FROM flash_sales_purchases WHERE outcome = 'bought'"),
		one("COUNT(*) AS value FROM orders_orders WHERE source = 'flash-sale'"),
		one("COUNT(*) AS value FROM orders_lines"),
		one("COUNT(*) AS value FROM orders_checkouts")
	]);
	const adrift = await one(
		"SUM(initial_units - left_units - sold_units - returned_units) AS value FROM flash_sales_sales"
	);
	if (adrift !== 0 || counts.some((count) => count !== sold)) {
		throw new Error(`${sold} units sold, but ${counts.join(", ")} rows and ${adrift} adrift.`);
	}
	return `after it: ${sold} units sold, each with a purchase, an order and its line`;
}
