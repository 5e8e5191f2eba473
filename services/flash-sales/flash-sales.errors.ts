import { errors } from "../../lib/errors.ts";

export const flashSaleErrors = errors({
	SKU_NOT_YOURS: [403, "You can sell your own products only."],
	SKU_NOT_ON_SALE: [409, "The product is not on sale."],
	ROOM_NOT_LIVE: [409, "There is no live session in this room."],
	STOCK_TOO_LOW: [409, "There is not so much in stock."],
	TOO_MANY_FLASH_SALES: [409, "The room has as many flash sales as it may have."],
	FLASH_SALE_STATE: [409, "The flash sale is past that."],
	ORDER_OWN_GOODS: [409, "Nobody orders from themselves."],
	ADDRESS_NOT_FOUND: [404, "There is no such address."],
	CURRENCY_NOT_ALLOWED: [422, "Prices are in another currency here."],
	SALE_TIME_NOT_ALLOWED: [422, "A flash sale ends after it starts, and within the next weeks."]
});
