/** What orders read of products inside their own transaction: the offers as they are there. */
import type { Static } from "../../lib/schemas.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { findProducts } from "./products.model.ts";
import type { SkuCard } from "./products.schemas.ts";
import { findSkus } from "./products.skus.model.ts";
import { skuCard } from "./products.view.ts";

/** By SKU; those that do not exist are left out. */
export async function offersIn(
	tx: Transaction,
	skuIds: readonly string[]
): Promise<Map<string, Static<typeof SkuCard>>> {
	const skus = await findSkus(tx, [...new Set(skuIds)]);
	const products = await findProducts(tx, [...new Set(skus.map(({ productId }) => productId))]);
	return new Map(
		skus.flatMap((sku) => {
			const product = products.get(sku.productId);
			return product ? [[sku.id, skuCard(sku, product)] as const] : [];
		})
	);
}
