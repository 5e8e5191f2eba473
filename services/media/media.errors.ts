import { errors } from "../../lib/errors.ts";

export const mediaErrors = errors({
	PLAY_NOT_ALLOWED: [403, "This play address is not valid, or not any more."],
	ORIGIN_NOT_ALLOWED: [403, "This page may not play streams of ours."],
	STREAM_NOT_FOUND: [404, "There is no such stream now."],
	METHOD_NOT_ALLOWED: [405, "Streams can only be read."],
	PUBLISHER_ACTIVE: [409, "Another encoder is streaming into this room."],
	PUBLISHER_REPLACED: [409, "A newer encoder has taken over."],
	NODE_FULL: [503, "This node has all the viewers it can serve."],
	NODE_STOPPING: [503, "This node is going away."]
});
