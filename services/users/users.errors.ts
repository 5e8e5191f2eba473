import { errors } from "../../lib/errors.ts";

export const userErrors = errors({
	NICKNAME_NOT_ALLOWED: [422, "The nickname is empty or has characters that cannot be shown."],
	USERNAME_NOT_ALLOWED: [422, "The name may have letters, digits, dot, dash and underscore."],
	USERNAME_TAKEN: [409, "This name is taken."],
	OPERATORS_GRANT_HOST: [403, "Ask an operator to become a host."]
});
