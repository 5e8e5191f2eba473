import { useRef } from "react";
import { call } from "../api/index.ts";
import { randomName } from "../chat/device.ts";
import { type Product, type SkuDraft, stockChanges } from "./goods.ts";

const reason = "Changed in the product form";

/**
 * Brings the stock of a product's variants to what the form says. Asked again after something else
 * failed, it does only what is left to do: each step has a key, and what was done is kept in mind.
 */
export function useStockChanges(product: Product | undefined) {
	const form = useRef(randomName());
	const done = useRef(new Map<string, number>());
	return async (drafts: readonly SkuDraft[]): Promise<void> => {
		if (!product) return;
		for (const { id } of product.skus) {
			const before = done.current.get(id) ?? 0;
			const wanted = stockChanges(drafts, product).find(({ skuId }) => skuId === id)?.quantity ?? 0;
			if (wanted === before) continue;
			const key = `${form.current.slice(0, 16)}-${id}-${before}-${wanted}`;
			await call("stock.adjust", { id, quantity: wanted - before, reason }, key);
			done.current.set(id, wanted);
		}
	};
}
