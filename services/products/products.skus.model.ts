/** The tables `products_skus` and `products_categories`. */
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { AttributeList, CategoryNode } from "./products.rules.ts";

export interface SkuRow {
	readonly id: string;
	readonly productId: string;
	readonly sellerId: string;
	readonly attributes: AttributeList;
	/** Minor units. */
	readonly price: number;
	readonly currency: string;
	/** Where it stands among those of its product; never given twice. */
	readonly position: number;
	readonly removed: boolean;
}

interface StoredSku {
	id: number;
	product_id: number;
	seller_id: number;
	attributes: string;
	price: number;
	currency: string;
	position: number;
	removed: number;
}

const skuRow = (row: StoredSku): SkuRow => ({
	id: String(row.id),
	productId: String(row.product_id),
	sellerId: String(row.seller_id),
	attributes: JSON.parse(row.attributes) as AttributeList,
	price: row.price,
	currency: row.currency,
	position: row.position,
	removed: Boolean(row.removed)
});

const shown = "id, product_id, seller_id, attributes, price, currency, position, removed";

export async function insertSkus(
	tx: Transaction,
	skus: readonly SkuRow[],
	at: Date
): Promise<void> {
	if (skus.length === 0) return;
	await tx.execute(
		`INSERT INTO products_skus (${shown}, created_at, updated_at)
			VALUES ${placeholders(skus.length, 10)}`,
		skus.flatMap((sku) => [
			...[sku.id, sku.productId, sku.sellerId, JSON.stringify(sku.attributes)],
			...[sku.price, sku.currency, sku.position, sku.removed, at, at]
		])
	);
}

export async function updateSku(tx: Transaction, sku: SkuRow, at: Date): Promise<void> {
	await tx.execute(
		`UPDATE products_skus SET attributes = ?, price = ?, currency = ?, removed = ?, updated_at = ?
			WHERE id = ?`,
		[JSON.stringify(sku.attributes), sku.price, sku.currency, sku.removed, at, sku.id]
	);
}

export async function findSkus(db: Queryable, ids: readonly string[]): Promise<SkuRow[]> {
	if (ids.length === 0) return [];
	const rows = await db.query<StoredSku>(
		`SELECT ${shown} FROM products_skus WHERE id IN ${placeholders(1, ids.length)}`,
		ids
	);
	return rows.map(skuRow);
}

/** All of these products, removed ones too, in the order in which they are shown. */
export async function findSkusOf(db: Queryable, productIds: readonly string[]): Promise<SkuRow[]> {
	if (productIds.length === 0) return [];
	const rows = await db.query<StoredSku>(
		`SELECT ${shown} FROM products_skus WHERE product_id IN ${placeholders(1, productIds.length)}
			ORDER BY product_id, position`,
		productIds
	);
	return rows.map(skuRow);
}

export interface CategoryRow extends CategoryNode {
	readonly names: { readonly en: string; readonly zh: string; readonly ko: string };
}

/** All of them, parents first among those of a level. */
export async function findCategories(db: Queryable): Promise<CategoryRow[]> {
	const rows = await db.query<{
		id: number;
		parent_id: number | null;
		slug: string;
		name_en: string;
		name_zh: string;
		name_ko: string;
	}>("SELECT * FROM products_categories ORDER BY parent_id IS NOT NULL, position, id");
	return rows.map((row) => ({
		id: String(row.id),
		parentId: row.parent_id === null ? null : String(row.parent_id),
		slug: row.slug,
		names: { en: row.name_en, zh: row.name_zh, ko: row.name_ko }
	}));
}
