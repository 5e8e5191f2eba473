import { errors } from "../../lib/errors.ts";

export const paymentErrors = errors({
	// One word for everything that is wrong with a callback: whoever forges learns nothing.
	CALLBACK_NOT_VALID: [400, "The callback is not valid."],
	PACKAGE_NOT_FOUND: [404, "This package is not sold."],
	TOO_MANY_PACKAGES: [409, "There are too many packages already."],
	PROVIDER_UNKNOWN: [422, "This way to pay is not offered."],
	PROVIDER_UNAVAILABLE: [503, "The payment provider does not answer now."]
});
