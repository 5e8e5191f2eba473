/** How products and SKUs leave the service. */
import type { Static } from "../../lib/schemas.ts";
import type { Plain } from "../../mixins/cache/index.ts";
import type { ProductRow } from "./products.model.ts";
import type { Product, SkuCard } from "./products.schemas.ts";
import type { CategoryRow, SkuRow } from "./products.skus.model.ts";

/** A product with all its SKUs, as the cache keeps it. Stock is never kept with it. */
export interface WholeProduct extends ProductRow {
	readonly skus: readonly SkuRow[];
}

export interface Around {
	readonly categories: readonly CategoryRow[];
	/** What can still be bought, by SKU. */
	readonly available: ReadonlyMap<string, number>;
}

export const isShown = ({ removed }: { removed: boolean }): boolean => !removed;

export function productView(
	whole: Plain<WholeProduct>,
	{ categories, available }: Around
): Static<typeof Product> {
	const { categoryId, skus, createdAt, updatedAt, ...product } = whole;
	const category = categories.find(({ id }) => id === categoryId)?.slug ?? null;
	const shown = skus.filter(isShown).map(({ id, sellerId, attributes, price, currency }) => ({
		...{ id, sellerId, attributes, price: { amount: price, currency } },
		stock: available.get(id) ?? 0
	}));
	return { ...product, category, skus: shown, createdAt, updatedAt };
}

export function skuCard(sku: SkuRow, product: ProductRow): Static<typeof SkuCard> {
	return {
		...{ skuId: sku.id, productId: product.id, sellerId: sku.sellerId, title: product.title },
		pictureUrl: product.pictures[0] ?? null,
		attributes: sku.attributes,
		price: { amount: sku.price, currency: sku.currency },
		onSale: product.status === "published" && !sku.removed
	};
}
