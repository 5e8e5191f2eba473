import { errors } from "../../lib/errors.ts";

export const walletErrors = errors({
	INSUFFICIENT_BALANCE: [402, "The balance is too low."]
});
