import { errors } from "../../lib/errors.ts";

export const followErrors = errors({
	CANNOT_FOLLOW_SELF: [422, "You cannot follow yourself."],
	TOO_MANY_FOLLOWS: [409, "You follow too many people already."]
});
