/**
 * The step of flash sales that orders run inside their own transaction: the units of orders that
 * will not be delivered go back, to the sale while it lasts, else to the normal stock.
 */
import type { Transaction } from "../../mixins/sql/index.ts";
import { giveBack } from "../stock/stock.tx.ts";
import { lockSale, moveUnits } from "./flash-sales.model.ts";
import {
	type Purchase,
	purchasesOfOrders,
	releasePurchase
} from "./flash-sales.purchases.model.ts";
import { isOver } from "./flash-sales.rules.ts";

/** Each order's units go back once, however often it is told. Other orders are left out. */
export async function returnUnits(
	tx: Transaction,
	orderIds: readonly string[],
	now: Date = new Date()
): Promise<void> {
	const bySale = Map.groupBy(await purchasesOfOrders(tx, orderIds), ({ saleId }) => saleId);
	const saleIds = [...bySale.keys()].sort((a, b) => Number(a) - Number(b));
	for (const saleId of saleIds) {
		await returnToSale(tx, { saleId, purchases: bySale.get(saleId) ?? [], now });
	}
}

interface Returning {
	readonly saleId: string;
	readonly purchases: readonly Purchase[];
	readonly now: Date;
}

async function returnToSale(tx: Transaction, { saleId, purchases, now }: Returning) {
	const sale = await lockSale(tx, saleId);
	if (!sale) throw new Error(`There is no flash sale ${saleId}.`);
	const released: Purchase[] = [];
	for (const purchase of purchases) {
		if (await releasePurchase(tx, purchase, now)) released.push(purchase);
	}
	const units = released.reduce((sum, { quantity }) => sum + quantity, 0);
	if (units === 0) return;
	// While nobody has written down that it is over, its end still returns what is left.
	if (!isOver(sale.status))
		return moveUnits(tx, saleId, { left: units, sold: -units, returned: 0 });
	await moveUnits(tx, saleId, { left: 0, sold: -units, returned: units });
	const lines = released.map(({ orderId, quantity }) => ({
		...{ skuId: sale.skuId, quantity, reference: `flash-sale:${saleId}:${orderId}` }
	}));
	for (const { outcome } of await giveBack(tx, lines, { allOrNothing: true })) {
		if (outcome !== "done") throw new Error(`Units of flash sale ${saleId} stay: ${outcome}.`);
	}
}
