/** A seller's correction: the movement, and the answer that a retry gets again, in one commit. */
import { commonErrors } from "../../lib/errors.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { stockErrors } from "./stock.errors.ts";
import { findAdjustment, insertAdjustment, insertLevels, lockLevels } from "./stock.model.ts";
import { moveAll } from "./stock.moving.ts";
import { type Counts, levelKey } from "./stock.rules.ts";

export interface AdjustRequest {
	readonly userId: string;
	readonly key: string;
	/** Of the request, by the idempotency middleware. */
	readonly hash: string;
	readonly skuId: string;
	readonly warehouseId: string;
	/** Signed, never 0. */
	readonly quantity: number;
	readonly reason: string;
}

/**
 * The numbers after it; a retry gets those of the first time. Throws STOCK_TOO_LOW,
 * VALIDATION_FAILED when it would be more than a level can hold, or IDEMPOTENCY_CONFLICT.
 */
export async function adjustStock(tx: Transaction, request: AdjustRequest): Promise<Counts> {
	const { userId, key, hash, skuId, warehouseId, quantity, reason } = request;
	const level = levelKey(skuId, warehouseId);
	// A SKU that is new in this warehouse has no row there yet.
	if ((await lockLevels(tx, [level.id])).length === 0) await insertLevels(tx, [level]);
	const first = await findAdjustment(tx, userId, key);
	if (first && first.hash !== hash) throw commonErrors.IDEMPOTENCY_CONFLICT();
	if (first) return first;
	const reference = `adjust:${userId}:${key}`;
	const line = { skuId, warehouseId, quantity, reference, actorId: userId, reason };
	const [verdict] = await moveAll(tx, "adjust", [line]);
	if (verdict?.outcome === "insufficient") throw refusalOf(quantity, verdict.available);
	if (verdict?.outcome !== "done") throw commonErrors.IDEMPOTENCY_CONFLICT();
	const [after] = await lockLevels(tx, [level.id]);
	if (!after) throw commonErrors.NOT_FOUND();
	await insertAdjustment(tx, { ...after, userId, key, hash, at: new Date() });
	return after;
}

const refusalOf = (quantity: number, onHand: number) =>
	quantity < 0
		? stockErrors.STOCK_TOO_LOW({ onHand })
		: commonErrors.VALIDATION_FAILED({ field: "quantity", onHand });
