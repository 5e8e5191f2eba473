/** The tables `products_products`, `products_sellers` and `products_intents`. */
import {
	isUniqueViolation,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";
import type { Status } from "./products.rules.ts";

export interface ProductRow {
	readonly id: string;
	readonly sellerId: string;
	readonly categoryId: string | null;
	readonly title: string;
	readonly description: string;
	readonly pictures: string[];
	readonly status: Status;
	readonly version: number;
	readonly createdAt: Date;
	readonly updatedAt: Date;
}

interface StoredProduct {
	id: number;
	seller_id: number;
	category_id: number | null;
	title: string;
	description: string;
	pictures: string;
	status: Status;
	version: number;
	created_at: Date;
	updated_at: Date;
}

const productRow = (row: StoredProduct): ProductRow => ({
	id: String(row.id),
	sellerId: String(row.seller_id),
	categoryId: row.category_id === null ? null : String(row.category_id),
	title: row.title,
	description: row.description,
	pictures: JSON.parse(row.pictures) as string[],
	status: row.status,
	version: row.version,
	createdAt: row.created_at,
	updatedAt: row.updated_at
});

export async function insertProduct(tx: Transaction, product: ProductRow): Promise<void> {
	await tx.execute(
		`INSERT INTO products_products
			(id, seller_id, category_id, title, description, pictures, status, version,
				created_at, updated_at)
			VALUES ${placeholders(1, 10)}`,
		[
			...[product.id, product.sellerId, product.categoryId, product.title, product.description],
			...[JSON.stringify(product.pictures), product.status, product.version],
			...[product.createdAt, product.updatedAt]
		]
	);
}

export async function findProducts(
	db: Queryable,
	ids: readonly string[]
): Promise<Map<string, ProductRow>> {
	if (ids.length === 0) return new Map();
	const rows = await db.query<StoredProduct>(
		`SELECT * FROM products_products WHERE id IN ${placeholders(1, ids.length)}`,
		ids
	);
	return new Map(rows.map((row) => [String(row.id), productRow(row)]));
}

/** The product, held until the transaction ends. */
export async function lockProduct(tx: Transaction, id: string): Promise<ProductRow | undefined> {
	const [row] = await tx.query<StoredProduct>(
		`SELECT * FROM products_products WHERE id = ? ${tx.forUpdate}`,
		[id]
	);
	return row && productRow(row);
}

/** Writes all that can change, under the next version. */
export async function updateProduct(tx: Transaction, product: ProductRow): Promise<void> {
	const { affectedRows } = await tx.execute(
		`UPDATE products_products SET category_id = ?, title = ?, description = ?, pictures = ?,
				status = ?, version = ?, updated_at = ?
			WHERE id = ? AND version = ?`,
		[
			...[product.categoryId, product.title, product.description],
			...[JSON.stringify(product.pictures), product.status, product.version + 1],
			...[product.updatedAt, product.id, product.version]
		]
	);
	if (affectedRows !== 1) throw new Error("A locked product was changed.");
}

export interface ProductQuery {
	readonly statuses: readonly Status[];
	/** Absent: all of them. */
	readonly categoryIds?: readonly string[] | undefined;
	readonly sellerId?: string | undefined;
	/** The id of the last one shown. */
	readonly before: number | undefined;
	readonly limit: number;
}

/** Ids, the newest first. */
export async function listProductIds(db: Queryable, query: ProductQuery): Promise<string[]> {
	const { statuses, categoryIds, sellerId, before, limit } = query;
	const conditions = [`status IN ${placeholders(1, statuses.length)}`];
	const values: (string | number)[] = [...statuses];
	if (categoryIds) {
		conditions.push(`category_id IN ${placeholders(1, categoryIds.length)}`);
		values.push(...categoryIds);
	}
	if (sellerId !== undefined) {
		conditions.push("seller_id = ?");
		values.push(sellerId);
	}
	if (before !== undefined) {
		conditions.push("id < ?");
		values.push(before);
	}
	const rows = await db.query<{ id: number }>(
		`SELECT id FROM products_products WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
		[...values, limit]
	);
	return rows.map(({ id }) => String(id));
}

/** Counts one more for the seller; false when that would be more than `max`. */
export async function countProduct(
	tx: Transaction,
	sellerId: string,
	max: number
): Promise<boolean> {
	const add = () =>
		tx.execute(
			"UPDATE products_sellers SET products = products + 1 WHERE seller_id = ? AND products < ?",
			[sellerId, max]
		);
	if ((await add()).affectedRows === 1) return true;
	try {
		await tx.execute("INSERT INTO products_sellers (seller_id, products) VALUES (?, 1)", [
			sellerId
		]);
		return true;
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
		// Full, or another first product of the seller came in between.
		return (await add()).affectedRows === 1;
	}
}

export interface Intent {
	readonly userId: string;
	readonly key: string;
	readonly hash: string;
}

/** What that key made the first time. */
export async function findIntent(
	db: Queryable,
	{ userId, key }: Pick<Intent, "userId" | "key">
): Promise<{ hash: string; productId: string } | undefined> {
	const [row] = await db.query<{ hash: string; product_id: number }>(
		"SELECT hash, product_id FROM products_intents WHERE user_id = ? AND idempotency_key = ?",
		[userId, key]
	);
	return row && { hash: row.hash, productId: String(row.product_id) };
}

/** False when the key was used before; then nothing was written. */
export async function insertIntent(
	tx: Transaction,
	{ userId, key, hash }: Intent,
	productId: string
): Promise<boolean> {
	try {
		await tx.execute(
			`INSERT INTO products_intents (user_id, idempotency_key, hash, product_id)
				VALUES ${placeholders(1, 4)}`,
			[userId, key, hash, productId]
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error, "PRIMARY")) return false;
		throw error;
	}
}
