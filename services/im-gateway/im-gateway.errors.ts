import { errors } from "../../lib/errors.ts";

export const imErrors = errors({
	DEVICE_NOT_VALID: [400, "The device id is not valid."],
	NOT_IN_ROOM: [403, "Enter the room first."],
	ROOM_NOT_LIVE: [409, "The room is not live now."],
	BANNED_FROM_ROOM: [403, "You may not be in this room now."],
	MUTED: [403, "You may not speak now."],
	TEXT_NOT_ALLOWED: [422, "This text cannot be sent."],
	TOO_MANY_ROOMS_ENTERED: [409, "You are in too many rooms at once."],
	TOO_MANY_SOCKETS: [429, "Too many connections."],
	SHUTTING_DOWN: [503, "This node is shutting down, try again."]
});
