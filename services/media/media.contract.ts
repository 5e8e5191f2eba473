/**
 * Video: encoders come in by RTMP, viewers get FLV over HTTP or a WebSocket. Which encoder may
 * stream is for `rooms` to say; viewers bring an address that we signed.
 */
import { contract } from "../../lib/contract.ts";
import { Id, object, oneOf, Time, Type } from "../../lib/schemas.ts";

const Generation = Type.Integer({ minimum: 0 });

export const media = contract("media", {
	actions: {
		sources: {
			summary: "Signed addresses where a room can be played now, best first.",
			auth: "internal",
			params: object({ roomId: Id }),
			returns: object({
				items: Type.Array(
					object({ type: oneOf("flv", "ws-flv"), url: Type.String(), expiresAt: Time })
				)
			}),
			read: true
		},
		kick: {
			summary: "Hangs up on the encoder of a room, on whichever node it is.",
			auth: "internal",
			params: object({
				roomId: Id,
				generation: Type.Optional(
					Type.Integer({ minimum: 0, description: "Publishers up to this one; all unless told" })
				)
			}),
			returns: object({})
		}
	},
	events: {
		/** For the media nodes among themselves: let go of the room's publisher. */
		kicked: object({ roomId: Id, generation: Type.Optional(Generation) })
	}
});
