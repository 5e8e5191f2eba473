/** The step of carts that orders run inside their own transaction. */
import type { Transaction } from "../../mixins/sql/index.ts";
import { deleteLines, lockCart } from "./carts.model.ts";

/** What was ordered is in the cart no more. SKUs that are not in it are none of its business. */
export async function takeOut(
	tx: Transaction,
	userId: string,
	skuIds: readonly string[]
): Promise<void> {
	await lockCart(tx, userId);
	await deleteLines(tx, userId, skuIds);
}
