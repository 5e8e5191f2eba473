/** What orders read of the goods of rooms inside their own transaction. */
import type { Transaction } from "../../mixins/sql/index.ts";
import { findPrices } from "./room-products.model.ts";

export interface Good {
	readonly roomId: string;
	readonly skuId: string;
}

export const goodKey = ({ roomId, skuId }: Good): string => `${roomId} ${skuId}`;

/**
 * By `goodKey`: the price in that room in minor units, null where it costs there what it costs
 * everywhere. What is not sold there is left out.
 */
export const pricesIn = (
	tx: Transaction,
	goods: readonly Good[]
): Promise<Map<string, number | null>> => findPrices(tx, goods);
