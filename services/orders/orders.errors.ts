import { errors } from "../../lib/errors.ts";

export const orderErrors = errors({
	INSUFFICIENT_BALANCE: [402, "The balance is too low."],
	WALLET_FROZEN: [403, "This wallet is frozen."],
	ADDRESS_NOT_FOUND: [404, "There is no such address."],
	SKU_NOT_ON_SALE: [409, "The product is not on sale."],
	ROOM_OFFER_OVER: [409, "The room does not offer this any more."],
	STOCK_TOO_LOW: [409, "There is less in stock than that."],
	OFFER_CHANGED: [409, "The offer has just changed."],
	ORDER_STATE: [409, "The order is past that."],
	ORDER_WITHOUT_ADDRESS: [409, "Its buyer has not said yet where to send it."],
	ORDER_OWN_GOODS: [409, "Nobody orders from themselves."],
	PROVIDER_UNKNOWN: [422, "This way to pay is not offered."],
	ORDER_TOO_LARGE: [422, "The order comes to more than can be paid at once."]
});
