import { errors } from "../../lib/errors.ts";

export const stockErrors = errors({
	STOCK_TOO_LOW: [409, "There is not so much in stock."]
});
