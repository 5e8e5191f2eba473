/** What happens to a product inside one transaction: made with its stock, changed, moved on. */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { openStock } from "../stock/stock.tx.ts";
import { productErrors } from "./products.errors.ts";
import {
	countProduct,
	type Intent,
	insertIntent,
	insertProduct,
	lockProduct,
	type ProductRow,
	updateProduct
} from "./products.model.ts";
import { type AttributeList, after, anyAlike, type Step } from "./products.rules.ts";
import { findSkusOf, insertSkus, type SkuRow, updateSku } from "./products.skus.model.ts";

export interface NewSkuValues {
	readonly id: string;
	readonly attributes: AttributeList;
	readonly price: number;
	readonly currency: string;
	readonly stock: number;
}

export interface NewProduct {
	readonly product: ProductRow;
	readonly skus: readonly NewSkuValues[];
	/** Where the client named its intent. */
	readonly intent: Intent | undefined;
}

/** False when the intent had made its product before; then nothing was written. */
export async function createProduct(tx: Transaction, created: NewProduct): Promise<boolean> {
	const { product, skus, intent } = created;
	if (intent && !(await insertIntent(tx, intent, product.id))) return false;
	const max = limits.productsPerSellerMax;
	if (!(await countProduct(tx, product.sellerId, max))) {
		throw productErrors.TOO_MANY_PRODUCTS({ max });
	}
	if (anyAlike(skus.map(({ attributes }) => attributes))) throw productErrors.SKUS_ALIKE();
	await insertProduct(tx, product);
	await addSkus(tx, product, { skus, position: 0 });
	await tell(tx, product);
	return true;
}

async function addSkus(
	tx: Transaction,
	{ id: productId, sellerId, updatedAt }: ProductRow,
	{ skus, position }: { skus: readonly NewSkuValues[]; position: number }
): Promise<void> {
	if (skus.length === 0) return;
	const rows = skus.map(({ stock: _, ...sku }, index) => ({
		...{ ...sku, productId, sellerId },
		...{ position: position + index, removed: false }
	}));
	await insertSkus(tx, rows, updatedAt);
	await openStock(
		tx,
		skus.map(({ id: skuId, stock: quantity }) => ({ skuId, quantity, actorId: sellerId }))
	);
}

export interface SkuChanges {
	readonly added: readonly NewSkuValues[];
	readonly changed: readonly {
		readonly id: string;
		readonly values: Partial<Pick<SkuRow, "attributes" | "price" | "currency" | "removed">>;
	}[];
}

export interface ProductChanges extends SkuChanges {
	readonly id: string;
	/** The version that the changes were made from, if the client cares. */
	readonly version: number | undefined;
	readonly words: Partial<Pick<ProductRow, "title" | "description" | "pictures" | "categoryId">>;
}

export async function changeProduct(tx: Transaction, changes: ProductChanges): Promise<void> {
	const before = await lockProduct(tx, changes.id);
	if (!before) throw commonErrors.NOT_FOUND();
	if (changes.version !== undefined && changes.version !== before.version) {
		throw productErrors.PRODUCT_CHANGED({ version: before.version });
	}
	const product = { ...before, ...changes.words, updatedAt: new Date() };
	await updateProduct(tx, product);
	await changeSkus(tx, product, changes);
	await tell(tx, product);
}

async function changeSkus(
	tx: Transaction,
	product: ProductRow,
	{ added, changed }: SkuChanges
): Promise<void> {
	const known = new Map((await findSkusOf(tx, [product.id])).map((sku) => [sku.id, sku]));
	for (const { id, values } of changed) {
		const sku = known.get(id);
		if (!sku || sku.removed) throw productErrors.SKU_UNKNOWN({ skuId: id });
		const next = { ...sku, ...values };
		known.set(id, next);
		await updateSku(tx, next, product.updatedAt);
	}
	const offered = [...[...known.values()].filter(({ removed }) => !removed), ...added];
	// A product that is left without any is to be withdrawn instead.
	if (offered.length === 0) throw commonErrors.VALIDATION_FAILED({ field: "skus" });
	if (offered.length > limits.skusPerProductMax) throw productErrors.TOO_MANY_SKUS();
	if (anyAlike(offered.map(({ attributes }) => attributes))) throw productErrors.SKUS_ALIKE();
	const position = 1 + Math.max(...[...known.values()].map((sku) => sku.position));
	await addSkus(tx, product, { skus: added, position });
}

/** False when the product was there already. Throws NOT_FOUND or PRODUCT_STATE. */
export async function moveProduct(tx: Transaction, id: string, step: Step): Promise<boolean> {
	const before = await lockProduct(tx, id);
	if (!before) throw commonErrors.NOT_FOUND();
	const status = after(before.status, step);
	if (status === null) throw productErrors.PRODUCT_STATE({ status: before.status });
	if (status === before.status) return false;
	const product = { ...before, status, updatedAt: new Date() };
	await updateProduct(tx, product);
	await tell(tx, product);
	return true;
}

async function tell(tx: Transaction, product: ProductRow): Promise<void> {
	const { id: productId, sellerId, status, updatedAt } = product;
	const at = updatedAt.toISOString();
	await publish(tx, "products.changed", { productId, sellerId, status, at });
}
