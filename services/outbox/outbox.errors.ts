import { errors } from "../../lib/errors.ts";

export const outboxErrors = errors({
	DEAD_LETTER_NOT_FOUND: [404, "There is no such dead letter."],
	CHANNEL_UNKNOWN: [500, "No contract declares this channel."],
	PAYLOAD_INVALID: [500, "The payload is not what the channel's contract says."],
	PAYLOAD_TOO_LARGE: [500, "The payload is too large for a durable message."],
	DELAY_OUT_OF_RANGE: [500, "A message cannot be delayed that long."]
});
