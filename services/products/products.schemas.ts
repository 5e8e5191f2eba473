/** The shapes of products, SKUs and categories, for the contract. */
import { limits } from "../../config/limits.ts";
import { Id, nullable, object, oneOf, Time, Type } from "../../lib/schemas.ts";

export const ProductStatus = oneOf("draft", "published", "withdrawn", "blocked");

export const Title = Type.String({
	minLength: 1,
	maxLength: limits.productTitleCharactersMax,
	examples: ["Spring oolong, 100 g"]
});

export const Description = Type.String({ maxLength: limits.productDescriptionCharactersMax });

/** A picture that was uploaded here: others could change after they were looked at. */
const PictureUrl = Type.String({
	pattern: "^/files/[A-Za-z0-9_-]{1,64}$",
	examples: ["/files/1024"]
});
export const Pictures = Type.Array(PictureUrl, { maxItems: limits.productPicturesMax });

const wordPattern = "^[^\\x00-\\x1f\\x7f]*\\S[^\\x00-\\x1f\\x7f]*$";
/** `[{ name: "Size", value: "M" }]`, in the order in which they are shown. */
export const Attributes = Type.Array(
	object({
		name: Type.String({
			pattern: wordPattern,
			maxLength: limits.skuAttributeNameCharactersMax,
			examples: ["Size"]
		}),
		value: Type.String({
			pattern: wordPattern,
			maxLength: limits.skuAttributeValueCharactersMax,
			examples: ["M"]
		})
	}),
	{ maxItems: limits.skuAttributesMax }
);

/** Of one unit, in minor units of the platform's currency. */
export const Price = object({
	amount: Type.Integer({ minimum: 1, maximum: limits.skuPriceMinorUnitsMax }),
	currency: Type.String({ pattern: "^[A-Z]{3}$", examples: ["USD"] })
});

export const Stock = Type.Integer({ minimum: 0, maximum: limits.stockQuantityMax });

export const CategorySlug = Type.String({ pattern: "^[a-z][a-z0-9-]{0,31}$", examples: ["food"] });

export const Sku = object({
	id: Id,
	sellerId: Id,
	attributes: Attributes,
	price: Price,
	stock: Type.Integer({ minimum: 0, description: "What can still be bought" })
});

export const Product = object({
	id: Id,
	sellerId: Id,
	title: Type.String(),
	description: Type.String(),
	pictures: Type.Array(Type.String()),
	category: nullable(CategorySlug),
	status: ProductStatus,
	/** Raised by every change; `PATCH` may ask for the one that it was made from. */
	version: Type.Integer({ minimum: 1 }),
	skus: Type.Array(Sku),
	createdAt: Time,
	updatedAt: Time
});

/** A SKU with what is shown of its product: for carts, orders and goods of rooms. */
export const SkuCard = object({
	skuId: Id,
	productId: Id,
	sellerId: Id,
	title: Type.String(),
	pictureUrl: nullable(Type.String()),
	attributes: Attributes,
	price: Price,
	onSale: Type.Boolean({ description: "Published, and not removed" })
});

export const NewSku = object({
	attributes: Type.Optional(Attributes),
	price: Price,
	stock: Stock
});

/** With `id`: that SKU is changed, or removed for good. Without: a new one. */
export const SkuChange = object({
	id: Type.Optional(Id),
	attributes: Type.Optional(Attributes),
	price: Type.Optional(Price),
	stock: Type.Optional(Stock),
	removed: Type.Optional(Type.Literal(true))
});

const CategoryNames = object({ en: Type.String(), zh: Type.String(), ko: Type.String() });
export const Category = object({
	slug: CategorySlug,
	parent: nullable(CategorySlug),
	names: CategoryNames
});
