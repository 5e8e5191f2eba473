import { errors } from "../../lib/errors.ts";

export const roomProductErrors = errors({
	SKU_NOT_YOURS: [403, "You can sell your own products only."],
	SKU_NOT_ON_SALE: [409, "The product is not on sale."],
	TOO_MANY_GOODS: [409, "The room has as many goods as it may have."],
	CURRENCY_NOT_ALLOWED: [422, "Prices are in another currency here."]
});
