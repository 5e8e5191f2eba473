import { errors } from "../../lib/errors.ts";

export const moderationErrors = errors({
	CANNOT_RESTRICT_SELF: [422, "You cannot mute or ban yourself."],
	CANNOT_RESTRICT_OPERATOR: [403, "Operators cannot be muted or banned by a host."],
	TOO_MANY_RESTRICTIONS: [409, "Too many people are muted or banned in this room already."],
	WORD_NOT_ALLOWED: [422, "This is too short to be a forbidden word."],
	TOO_MANY_WORDS: [409, "There are too many forbidden words already."]
});
