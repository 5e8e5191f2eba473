import { errors } from "../../lib/errors.ts";

export const giftErrors = errors({
	INSUFFICIENT_BALANCE: [402, "The balance is too low."],
	WALLET_FROZEN: [403, "This wallet is frozen."],
	GIFT_NOT_AVAILABLE: [404, "There is no such gift, or it is not given any more."],
	ROOM_NOT_LIVE: [409, "The room is not live."],
	TOO_MANY_GIFTS: [409, "The catalogue is full."],
	GIFT_TO_SELF: [422, "You cannot send gifts to yourself."],
	GIFT_COUNT_NOT_ALLOWED: [422, "So many of this gift cannot be sent at once."]
});
