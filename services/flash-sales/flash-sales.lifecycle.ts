/** How sales begin and end, each step in one transaction with the units that move. */
import { commonErrors } from "../../lib/errors.ts";
import { isUniqueViolation, type Sql, type Transaction } from "../../mixins/sql/index.ts";
import { giveBack, sellNow } from "../stock/stock.tx.ts";
import { flashSaleErrors } from "./flash-sales.errors.ts";
import {
	findSaleOf,
	insertSale,
	lockSale,
	moveUnits,
	type NewSale,
	openSalesOf,
	type Sale,
	writeStatus
} from "./flash-sales.model.ts";
import { after, isOver, type Move, type Status } from "./flash-sales.rules.ts";

const referenceOf = (saleId: string): string => `flash-sale:${saleId}`;

/**
 * Takes the units out of the normal stock and makes the sale of them; answers its id, or that of
 * the sale which this key made before. Throws STOCK_TOO_LOW or IDEMPOTENCY_CONFLICT.
 */
export async function createSale(
	db: Sql,
	sale: NewSale,
	{ perRoomMax }: { perRoomMax: number }
): Promise<string> {
	try {
		await db.transaction(async (tx) => {
			const open = await openSalesOf(tx, sale.roomId);
			if (open.length >= perRoomMax) throw flashSaleErrors.TOO_MANY_FLASH_SALES({ perRoomMax });
			await insertSale(tx, sale);
			const line = { skuId: sale.skuId, quantity: sale.initial, reference: referenceOf(sale.id) };
			const [verdict] = await sellNow(tx, [line], { allOrNothing: true });
			if (verdict?.outcome === "done") return;
			const available = verdict?.outcome === "insufficient" ? verdict.available : 0;
			throw flashSaleErrors.STOCK_TOO_LOW({ available });
		});
		return sale.id;
	} catch (error) {
		if (!isUniqueViolation(error, "flash_sales_sales_intent")) throw error;
		// A twin has just committed.
		return (await madeBefore(db, sale)) ?? sale.id;
	}
}

/** The id of the sale that this key made before. Throws IDEMPOTENCY_CONFLICT. */
export async function madeBefore(
	db: Sql,
	{ intent, hash }: Pick<NewSale, "intent" | "hash">
): Promise<string | undefined> {
	const before = await findSaleOf(db, intent);
	if (before && before.hash !== hash) throw commonErrors.IDEMPOTENCY_CONFLICT();
	return before?.id;
}

/**
 * Makes the move if the table has it; answers the sale before it, and whether it moved. What is
 * left when a sale is over goes back to the normal stock.
 */
export async function moveSale(
	tx: Transaction,
	saleId: string,
	move: Move
): Promise<{ readonly sale: Sale; readonly hasMoved: boolean }> {
	const sale = await lockSale(tx, saleId);
	if (!sale) throw commonErrors.NOT_FOUND();
	const next = after(standingFor(sale, move), move);
	if (!next) return { sale, hasMoved: false };
	await writeStatus(tx, sale, next);
	if (isOver(next) && sale.left > 0) {
		const { id, skuId, left } = sale;
		await moveUnits(tx, id, { left: -left, sold: 0, returned: left });
		const line = { skuId, quantity: left, reference: `${referenceOf(id)}:left` };
		const [verdict] = await giveBack(tx, [line], { allOrNothing: true });
		if (verdict?.outcome !== "done") {
			throw new Error(`What flash sale ${id} has left stays there: ${verdict?.outcome}.`);
		}
	}
	return { sale, hasMoved: true };
}

/** The host need not wait until somebody has written down that the sale has begun. */
const standingFor = (sale: Sale, move: Move): Status =>
	move !== "start" && sale.startsAt <= new Date()
		? (after(sale.status, "start") ?? sale.status)
		: sale.status;

/** The room is over, and so is what it sells. */
export async function endSalesOf(tx: Transaction, roomId: string): Promise<string[]> {
	const sales = await openSalesOf(tx, roomId);
	for (const { id, status } of sales) {
		await moveSale(tx, id, status === "scheduled" ? "cancel" : "close");
	}
	return sales.map(({ id }) => id);
}
