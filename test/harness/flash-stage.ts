/** Flash sales in a shop of their own: sales, buyers, and what the books must say in the end. */
import type { ParamsOf } from "../../lib/context.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import flashSalesService from "../../services/flash-sales/flash-sales.service.ts";
import { close } from "../../services/orders/orders.steps.ts";
import { lockOrders } from "../../services/orders/orders.writes.model.ts";
import { verifyStock } from "../../services/stock/stock.verify.ts";
import type { Opened } from "./backends.ts";
import { as, type ShopStage, startShop } from "./shop-stage.ts";
import { until } from "./until.ts";

/** Host of all sales, and the room. */
export const saleHost = "1";
export const saleRoom = "100";

type SaleChanges = Partial<Omit<ParamsOf<"flash-sales.create">, "id" | "skuId">>;

/** What a host and a buyer do. */
function sellingIn({ call }: ShopStage, currency: string) {
	return {
		make(skuId: string, changes: SaleChanges = {}, key: string = crypto.randomUUID()) {
			const endsAt = new Date(Date.now() + 600_000).toISOString();
			return call(
				"flash-sales.create",
				{
					...{ id: saleRoom, skuId, price: { amount: 500, currency }, stock: 5 },
					...{ limitPerUser: 1, startsAt: new Date(0).toISOString(), endsAt, ...changes }
				},
				as(saleHost, key)
			);
		},
		buy(
			saleId: string,
			userId: string,
			words: { readonly key?: string; readonly quantity?: number } = {}
		) {
			const { key = crypto.randomUUID(), quantity = 1 } = words;
			return call("flash-sales.buy", { id: saleId, quantity }, as(userId, key));
		}
	};
}

export async function startFlashSales(opened: Opened) {
	const shop = await startShop(opened, [flashSalesService]);
	const { db } = shop;
	const { make, buy } = sellingIn(shop, opened.env.currency);
	return {
		...shop,
		...{ make, buy },
		/** A new SKU with so many units. */
		async sku(units = 100): Promise<string> {
			const product = await shop.product(saleHost, [units]);
			return product.skus[0]?.id ?? "";
		},
		/** An open sale whose gate stands. */
		async sale(changes: SaleChanges = {}) {
			const made = await make(await this.sku(Math.max(100, changes.stock ?? 0)), changes);
			await this.atGate(made.id);
			return made;
		},
		/** Waits until the gate of the sale stands. */
		async atGate(saleId: string) {
			const service = shop.broker.getLocalService("flash-sales") as unknown as {
				gate: { epochs(ids: string[]): Promise<number[]> };
			};
			await until(async () => ((await service.gate.epochs([saleId]))[0] ?? 0) > 0);
		},
		/** Nobody paid in time. */
		async timeUp(orderIds: readonly string[]) {
			await db.transaction(async (tx) => {
				await close(tx, await lockOrders(tx, orderIds), { move: "timeUp", now: new Date() });
			});
		}
	};
}

export type FlashStage = Awaited<ReturnType<typeof startFlashSales>>;

const numberOf = async (db: Sql, text: string, values: readonly string[]): Promise<number> =>
	Number((await db.query<{ value: number }>(text, values))[0]?.value ?? 0);

/** What is wrong with the books of a sale; nothing, if all is well. */
export async function saleFaults(db: Sql, saleId: string): Promise<string[]> {
	const count = (text: string) => numberOf(db, `SELECT ${text}`, [saleId]);
	const bought = "FROM flash_sales_purchases WHERE sale_id = ? AND outcome = 'bought'";
	const sale = "FROM flash_sales_sales WHERE id = ?";
	const sold = await count(`sold_units AS value ${sale}`);
	const units = await count("COUNT(*) AS value FROM flash_sales_units WHERE sale_id = ?");
	const live = await count(`SUM(quantity) AS value ${bought} AND released_at IS NULL`);
	const all = await count(`COUNT(*) AS value ${bought}`);
	const orders = await count(
		`COUNT(*) AS value FROM orders_orders WHERE source = 'flash-sale' AND source_id = ?`
	);
	const told = await numberOf(
		db,
		`SELECT COUNT(*) AS value FROM flash_sales_purchases p WHERE p.sale_id = ?
			AND p.outcome = 'bought' AND NOT EXISTS (SELECT 1 FROM orders_orders o
				JOIN orders_lines l ON l.order_id = o.id
				WHERE o.id = p.order_id AND o.user_id = p.user_id AND l.quantity = p.quantity)`,
		[saleId]
	);
	const beyond = await count(
		`COUNT(*) AS value FROM (SELECT u.user_id FROM flash_sales_units u
			JOIN flash_sales_sales s ON s.id = u.sale_id WHERE u.sale_id = ?
			GROUP BY u.user_id, s.limit_per_user HAVING COUNT(*) > s.limit_per_user) over_limit`
	);
	const adrift = await count(
		`initial_units - left_units - sold_units - returned_units AS value ${sale}`
	);
	const oversold = await count(`CASE WHEN left_units < 0 THEN 1 ELSE 0 END AS value ${sale}`);
	const { faults } = await verifyStock(db);
	return [
		...(sold === units ? [] : [`${sold} sold, ${units} units of users`]),
		...(sold === live ? [] : [`${sold} sold, ${live} bought and not released`]),
		...(all === orders ? [] : [`${all} purchases, ${orders} orders`]),
		...(told === 0 ? [] : [`${told} purchases without their order`]),
		...(beyond === 0 ? [] : [`${beyond} users beyond the limit`]),
		...(adrift === 0 ? [] : [`${adrift} units adrift`]),
		...(oversold === 0 ? [] : ["oversold"]),
		...faults.map((fault) => JSON.stringify(fault))
	];
}
