/**
 * Products: what sellers offer. A product (SPU) has the words and pictures, its SKUs have price and
 * stock. Every SKU carries its seller, so that an order can be split without asking further.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, object, page, pageParams, Time, Type } from "../../lib/schemas.ts";
import {
	Category,
	CategorySlug,
	Description,
	NewSku,
	Pictures,
	Product,
	ProductStatus,
	SkuCard,
	SkuChange,
	Title
} from "./products.schemas.ts";

export { Attributes, Price, Product, SkuCard } from "./products.schemas.ts";

const OneProduct = object({ id: Id });
const Reason = Type.String({ minLength: 1, maxLength: limits.productReasonCharactersMax });
const owned = { auth: "user", owner: "findOwned" } as const;

export const products = contract("products", {
	actions: {
		list: {
			summary: "Published products, the newest first; a category has those below it too.",
			rest: "GET /products",
			auth: "public",
			params: object({
				category: Type.Optional(CategorySlug),
				sellerId: Type.Optional(Id),
				...pageParams
			}),
			returns: page(Product),
			read: true
		},
		mine: {
			summary: "All products of the signed-in seller, drafts too, the newest first.",
			rest: "GET /users/me/products",
			auth: "user",
			params: object({ status: Type.Optional(ProductStatus), ...pageParams }),
			returns: page(Product),
			read: true
		},
		get: {
			summary: "One product; what is not published is there for its seller only.",
			rest: "GET /products/:id",
			auth: "public",
			params: OneProduct,
			returns: Product,
			errors: ["NOT_FOUND"],
			read: true
		},
		categories: {
			summary: "All categories, parents before children.",
			rest: "GET /categories",
			auth: "public",
			params: Empty,
			returns: object({ items: Type.Array(Category) }),
			read: true
		},
		create: {
			summary: "Offers a product with its SKUs and their first stock.",
			rest: "POST /products",
			auth: "host",
			status: 201,
			idempotency: "optional",
			params: object({
				title: Title,
				description: Type.Optional(Description),
				pictures: Type.Optional(Pictures),
				category: Type.Optional(CategorySlug),
				draft: Type.Optional(Type.Boolean({ description: "Published at once unless true" })),
				skus: Type.Array(NewSku, { minItems: 1, maxItems: limits.skusPerProductMax })
			}),
			returns: Product,
			rateLimit: { count: limits.productsPerHourMax, seconds: 3600, by: "user" },
			errors: [
				"PRODUCT_TEXT_NOT_ALLOWED",
				"CATEGORY_UNKNOWN",
				"CURRENCY_NOT_ALLOWED",
				"SKUS_ALIKE",
				"TOO_MANY_PRODUCTS",
				"IDEMPOTENCY_CONFLICT"
			]
		},
		update: {
			summary: "Changes a product; SKUs that are not named stay as they are.",
			rest: "PATCH /products/:id",
			...owned,
			params: object(
				{
					id: Id,
					version: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.idMax })),
					title: Type.Optional(Title),
					description: Type.Optional(Description),
					pictures: Type.Optional(Pictures),
					category: Type.Optional(CategorySlug),
					skus: Type.Optional(
						Type.Array(SkuChange, { minItems: 1, maxItems: limits.skusPerProductMax })
					)
				},
				{ minProperties: 2 }
			),
			returns: Product,
			errors: [
				"NOT_FOUND",
				"PRODUCT_CHANGED",
				"PRODUCT_TEXT_NOT_ALLOWED",
				"CATEGORY_UNKNOWN",
				"CURRENCY_NOT_ALLOWED",
				"SKUS_ALIKE",
				"SKU_UNKNOWN",
				"TOO_MANY_SKUS",
				"VALIDATION_FAILED"
			]
		},
		publish: {
			summary: "Puts a draft or a withdrawn product on sale. Safe to repeat.",
			rest: "POST /products/:id/publish",
			...owned,
			params: OneProduct,
			returns: Product,
			errors: ["NOT_FOUND", "PRODUCT_STATE"]
		},
		withdraw: {
			summary: "Takes a product off sale; orders that were placed stay. Safe to repeat.",
			rest: "POST /products/:id/withdraw",
			...owned,
			params: OneProduct,
			returns: Product,
			errors: ["NOT_FOUND", "PRODUCT_STATE"]
		},
		block: {
			summary: "Takes any product off sale, by an operator; its seller cannot bring it back.",
			rest: "POST /admin/products/:id/block",
			auth: "operator",
			params: object({ id: Id, reason: Reason }),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		unblock: {
			summary: "Lets the seller publish a blocked product again, by an operator.",
			rest: "POST /admin/products/:id/unblock",
			auth: "operator",
			params: object({ id: Id, reason: Reason }),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		skus: {
			summary: "SKUs with their product, removed and unpublished ones too; unknown are left out.",
			auth: "internal",
			params: object({ skuIds: Type.Array(Id, { maxItems: limits.idsPerRequestMax }) }),
			returns: object({ items: Type.Array(SkuCard) }),
			read: true
		},
		skusOf: {
			summary: "All SKUs of a product, removed ones too.",
			auth: "internal",
			params: object({ productId: Id }),
			returns: object({ items: Type.Array(SkuCard) }),
			read: true
		}
	},
	channels: {
		/** Words, prices, SKUs or the status are different now. */
		changed: object({ productId: Id, sellerId: Id, status: ProductStatus, at: Time })
	}
});
