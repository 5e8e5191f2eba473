import { errors } from "../../lib/errors.ts";

export const addressErrors = errors({
	TOO_MANY_ADDRESSES: [409, "You have as many addresses as one user may have."],
	COUNTRY_UNKNOWN: [422, "There is no such country."]
});
