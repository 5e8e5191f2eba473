import { errors } from "../../lib/errors.ts";

export const imRouterErrors = errors({
	INBOX_FULL: [409, "This inbox is full: too many messages wait to be read."]
});
