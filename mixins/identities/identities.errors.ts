import { errors } from "../../lib/errors.ts";

export const identityErrors = errors({
	INVALID_TOKEN: [401, "The access token is not valid."],
	TOKEN_EXPIRED: [401, "The access token has expired."],
	SESSION_ENDED: [401, "This session was ended."]
});
