import { errors } from "../../lib/errors.ts";

export const roomErrors = errors({
	TITLE_NOT_ALLOWED: [422, "The title is empty or has characters that cannot be shown."],
	START_TIME_NOT_ALLOWED: [422, "A room may be announced for the next months, not for the past."],
	TOO_MANY_ROOMS: [409, "This host has too many rooms already."],
	HOST_ALREADY_LIVE: [409, "This host is live in another room."],
	ROOM_NOT_LIVE: [409, "There is no live session in this room."],
	KEY_NOT_VALID: [403, "The stream key is not valid."],
	HOST_BANNED: [403, "This host may not stream."]
});
