import { errors } from "../../lib/errors.ts";

export const productErrors = errors({
	PRODUCT_CHANGED: [409, "The product was changed meanwhile. Load it again."],
	PRODUCT_STATE: [409, "The product's state does not allow this."],
	TOO_MANY_PRODUCTS: [409, "You have as many products as one seller may have."],
	TOO_MANY_SKUS: [409, "The product has as many variants as it may have."],
	SKUS_ALIKE: [422, "Two variants have the same attributes."],
	SKU_UNKNOWN: [422, "A variant is not one of this product."],
	CATEGORY_UNKNOWN: [422, "There is no such category."],
	CURRENCY_NOT_ALLOWED: [422, "Prices are in another currency here."],
	PRODUCT_TEXT_NOT_ALLOWED: [422, "A text is empty or holds characters that cannot be shown."]
});
