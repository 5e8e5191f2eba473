import { errors } from "../../lib/errors.ts";

export const cartErrors = errors({
	SKU_NOT_ON_SALE: [409, "The product is not on sale."],
	CART_FULL: [409, "The cart is full."]
});
