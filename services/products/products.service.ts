import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { type Ctx, typed } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { cache, type Namespace } from "../../mixins/cache/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { products } from "./products.contract.ts";
import { findIntent, findProducts, listProductIds, type ProductQuery } from "./products.model.ts";
import { type Step, subtreeOf } from "./products.rules.ts";
import {
	type CategoryRow,
	findCategories,
	findSkus,
	findSkusOf,
	type SkuRow
} from "./products.skus.model.ts";
import { isShown, productView, skuCard, type WholeProduct } from "./products.view.ts";
import { newSkusOf, skuChangesOf, wordsOf } from "./products.words.ts";
import { changeProduct, createProduct, moveProduct } from "./products.writing.ts";

const cacheName = "products.products";
const categoriesCacheName = "products.categories";
const wholeTree = "all";

export default service(products, {
	mixins: [sql(), cache()],
	dependencies: ["ids", "stock"],
	/** Made in `created`, when the cache is there. */
	state: () => ({}) as { kept: Namespace; tree: Namespace; currency: string },
	methods: {
		/** Products with all their SKUs, those that exist, in the order asked for. */
		async wholes(ids: readonly string[]) {
			const found = await this.kept.getMany(ids, async (missing) => {
				const rows = await findProducts(this.sql, missing);
				const skus = await findSkusOf(this.sql, [...rows.keys()]);
				const whole = (id: string): WholeProduct[] => {
					const row = rows.get(id);
					return row ? [{ ...row, skus: skus.filter(({ productId }) => productId === id) }] : [];
				};
				return new Map(missing.flatMap(whole).map((product) => [product.id, product]));
			});
			return ids.flatMap((id) => found.get(id) ?? []);
		},

		async categoryRows(): Promise<readonly CategoryRow[]> {
			return (await this.tree.get(wholeTree, () => findCategories(this.sql))) ?? [];
		},

		/** As they are shown, with what can be bought right now. */
		async views(ids: readonly string[]) {
			const [found, categories] = await Promise.all([this.wholes(ids), this.categoryRows()]);
			const skuIds = found.flatMap(({ skus }) => skus.filter(isShown).map(({ id }) => id));
			const available = await this.availableOf(skuIds);
			return found.map((whole) => productView(whole, { categories, available }));
		},

		async availableOf(skuIds: readonly string[]): Promise<Map<string, number>> {
			const size = limits.stockLinesPerCallMax;
			const { call } = typed(this.broker);
			const asked = Array.from({ length: Math.ceil(skuIds.length / size) }, (_, part) =>
				call("stock.available", { skuIds: skuIds.slice(part * size, (part + 1) * size) })
			);
			const items = (await Promise.all(asked)).flatMap((answer) => answer.items);
			return new Map(items.map(({ skuId, available }) => [skuId, available]));
		},

		async view(id: string) {
			const [product] = await this.views([id]);
			if (!product) throw commonErrors.NOT_FOUND();
			return product;
		},

		/** For the `owner` rule. */
		async findOwned({ id }: { id: string }) {
			const [product] = (await findProducts(this.sql, [id])).values();
			return product && { userId: product.sellerId };
		},

		async page(query: Omit<ProductQuery, "before" | "limit">, params: PageParams) {
			const { cursor, limit = limits.pageItemsDefault } = params;
			const [before] = cursor === undefined ? [] : decodeCursor(cursor, ["number"]);
			const ids = await listProductIds(this.sql, { ...query, before, limit: limit + 1 });
			const { items, nextCursor } = pageOf(ids, limit, (id) => [Number(id)]);
			return { items: await this.views(items), nextCursor };
		},

		/** Moves the product on; false when it was there already. */
		async move(id: string, step: Step): Promise<boolean> {
			return this.sql.transaction(async (tx) => {
				const changed = await moveProduct(tx, id, step);
				if (changed) await this.cache.invalidate(tx, cacheName, [id]);
				return changed;
			});
		},

		async cards(skus: readonly SkuRow[]) {
			const ids = [...new Set(skus.map(({ productId }) => productId))];
			const found = await findProducts(this.sql, ids);
			return skus.flatMap((sku) => {
				const product = found.get(sku.productId);
				return product ? [skuCard(sku, product)] : [];
			});
		},

		async takeIds(ctx: Ctx, name: "products" | "skus", count: number): Promise<string[]> {
			if (count === 0) return [];
			const { ids } = await ctx.call("ids.take", { name, count });
			return ids;
		}
	},
	actions: {
		async list(ctx) {
			const { category, sellerId } = ctx.params;
			const statuses = ["published"] as const;
			if (category === undefined) return this.page({ statuses, sellerId }, ctx.params);
			const categoryIds = subtreeOf(await this.categoryRows(), category);
			if (categoryIds.length === 0) return { items: [], nextCursor: null };
			return this.page({ statuses, categoryIds, sellerId }, ctx.params);
		},

		mine(ctx) {
			const { status } = ctx.params;
			const all = ["draft", "published", "withdrawn", "blocked"] as const;
			const sellerId = ctx.meta.user.id;
			return this.page({ statuses: status ? [status] : all, sellerId }, ctx.params);
		},

		async get(ctx) {
			const product = await this.view(ctx.params.id);
			const isOwn = product.sellerId === ctx.meta.user?.id;
			if (product.status !== "published" && !isOwn) throw commonErrors.NOT_FOUND();
			return product;
		},

		async categories() {
			const rows = await this.categoryRows();
			const slugs = new Map(rows.map(({ id, slug }) => [id, slug]));
			const items = rows.map(({ slug, parentId, names }) => ({
				...{ slug, names },
				parent: parentId === null ? null : (slugs.get(parentId) ?? null)
			}));
			return { items };
		},

		async create(ctx) {
			const { skus, draft = false, ...texts } = ctx.params;
			const sellerId = ctx.meta.user.id;
			const { idempotency } = ctx.locals;
			const words = wordsOf(texts, await this.categoryRows());
			const [productId = ""] = await this.takeIds(ctx, "products", 1);
			const skuIds = await this.takeIds(ctx, "skus", skus.length);
			const at = new Date();
			const isNew = await this.sql.transaction((tx) =>
				createProduct(tx, {
					product: {
						...{ id: productId, sellerId, version: 1, createdAt: at, updatedAt: at },
						...{ description: "", pictures: [], categoryId: null, title: "", ...words },
						status: draft ? "draft" : "published"
					},
					skus: newSkusOf(skus, skuIds, this.currency),
					intent: idempotency && { userId: sellerId, ...idempotency }
				})
			);
			if (isNew || !idempotency) return this.view(productId);
			const first = await findIntent(this.sql, { userId: sellerId, key: idempotency.key });
			if (first?.hash !== idempotency.hash) throw commonErrors.IDEMPOTENCY_CONFLICT();
			return this.view(first.productId);
		},

		async update(ctx) {
			const { id, version, skus = [], ...texts } = ctx.params;
			const words = wordsOf(texts, await this.categoryRows());
			const count = skus.filter((sku) => sku.id === undefined).length;
			const skuIds = await this.takeIds(ctx, "skus", count);
			const changes = skuChangesOf(skus, skuIds, this.currency);
			await this.sql.transaction(async (tx) => {
				await changeProduct(tx, { id, version, words, ...changes });
				await this.cache.invalidate(tx, cacheName, [id]);
			});
			return this.view(id);
		},

		async publish(ctx) {
			await this.move(ctx.params.id, "publish");
			return this.view(ctx.params.id);
		},

		async withdraw(ctx) {
			await this.move(ctx.params.id, "withdraw");
			return this.view(ctx.params.id);
		},

		async block(ctx) {
			return { changed: await this.move(ctx.params.id, "block") };
		},

		async unblock(ctx) {
			return { changed: await this.move(ctx.params.id, "unblock") };
		},

		async skus(ctx) {
			const { skuIds } = ctx.params;
			const found = await findSkus(this.sql, [...new Set(skuIds)]);
			return { items: await this.cards(found) };
		},

		async skusOf(ctx) {
			return { items: await this.cards(await findSkusOf(this.sql, [ctx.params.productId])) };
		}
	},
	created() {
		this.currency = envOf(this.broker).currency;
		this.kept = this.cache.namespace(cacheName, {
			ttlMs: limits.productCacheMilliseconds,
			nullTtlMs: limits.productAbsentCacheMilliseconds
		});
		// Changed by migrations only.
		this.tree = this.cache.namespace(categoriesCacheName, {
			ttlMs: limits.categoryCacheMilliseconds,
			nullTtlMs: limits.productAbsentCacheMilliseconds
		});
	}
});

interface PageParams {
	readonly cursor?: string;
	readonly limit?: number;
}
