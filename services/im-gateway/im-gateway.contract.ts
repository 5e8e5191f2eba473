/**
 * The sockets of this node: what clients may call, and what routers have it deliver.
 *
 * A client calls by short names (`im.say`); `socketCalls` is the whole list, everything else is
 * refused. Who calls is taken from the socket, never from params.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, object, Type } from "../../lib/schemas.ts";
import { DeviceId, Envelope, Epoch, MessageId, Offset } from "../im-router/im-router.contract.ts";

const ClientId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$", examples: ["c1"] });
const Text = Type.String({ minLength: 1, maxLength: limits.messageCharactersMax });

export const imGateway = contract("im-gateway", {
	actions: {
		enter: {
			summary: "Enters a room: what was said, and from now on what is.",
			auth: "public",
			params: object({
				roomId: Id,
				after: Type.Optional(object({ epoch: Epoch, offset: Offset }))
			}),
			returns: object({
				epoch: Epoch,
				offset: Offset,
				recovered: Type.Boolean(),
				messages: Type.Array(Envelope),
				viewers: Type.Integer({ minimum: 0 })
			}),
			errors: ["NOT_FOUND", "BANNED_FROM_ROOM", "TOO_MANY_ROOMS_ENTERED"]
		},
		leave: {
			summary: "Leaves a room.",
			auth: "public",
			params: object({ roomId: Id }),
			returns: Empty
		},
		say: {
			summary: "Says a line to a room that this socket is in.",
			auth: "user",
			params: object({ roomId: Id, clientId: ClientId, text: Text }),
			returns: object({ id: MessageId, offset: Offset }),
			errors: ["NOT_IN_ROOM", "ROOM_NOT_LIVE", "MUTED", "TEXT_NOT_ALLOWED", "RATE_LIMITED"]
		},
		tell: {
			summary: "Sends a private message.",
			auth: "user",
			params: object({ userId: Id, clientId: ClientId, text: Text }),
			returns: object({ id: MessageId }),
			errors: ["NOT_FOUND", "MUTED", "TEXT_NOT_ALLOWED", "RATE_LIMITED", "INBOX_FULL"]
		},
		like: {
			summary: "Likes; counted, summed and shown once per tick.",
			auth: "user",
			params: object({
				roomId: Id,
				count: Type.Integer({ minimum: 1, maximum: limits.likesPerCallMax })
			}),
			returns: Empty,
			errors: ["NOT_IN_ROOM", "ROOM_NOT_LIVE"]
		},
		ack: {
			summary: "Has all reliable messages up to this sequence of this connection.",
			auth: "user",
			params: object({ upTo: Type.Integer({ minimum: 0 }) }),
			returns: Empty
		},
		inbox: {
			summary: "Private and system messages not yet acked, the oldest first.",
			auth: "user",
			params: object({ after: Type.Optional(MessageId) }),
			returns: object({ items: Type.Array(Envelope), more: Type.Boolean() })
		},
		online: {
			summary: "Which of these users are connected.",
			auth: "user",
			params: object({
				userIds: Type.Array(Id, { minItems: 1, maxItems: limits.idsPerRequestMax })
			}),
			returns: object({ userIds: Type.Array(Id) })
		},
		deliver: {
			summary: "Messages for sockets of this node, each encoded once by the router.",
			auth: "internal",
			params: object({
				incarnation: Type.String({ maxLength: 36 }),
				rooms: Type.Array(
					object({
						roomId: Id,
						epoch: Epoch,
						lines: Type.Array(
							object({
								offset: Type.Optional(Offset),
								reliable: Type.Boolean(),
								json: Type.String({ maxLength: limits.messageBytesMax })
							}),
							{ maxItems: limits.linesPerDeliveryMax }
						)
					}),
					{ maxItems: limits.roomsPerNodeMax }
				),
				direct: Type.Array(
					object({
						userId: Id,
						deviceId: DeviceId,
						epoch: Type.Integer({ minimum: 1 }),
						/** Absent: not kept, sent once. */
						sequence: Type.Optional(Type.Integer({ minimum: 1 })),
						json: Type.String({ maxLength: limits.messageBytesMax })
					}),
					{ maxItems: limits.linesPerDeliveryMax }
				)
			}),
			returns: object({
				alive: Type.Boolean({ description: "False: this node has another incarnation now" }),
				/** Rooms without a socket here, and devices that are not: the router repairs its rows. */
				emptyRooms: Type.Array(Id),
				absent: Type.Array(object({ userId: Id, deviceId: DeviceId }))
			}),
			timeoutMs: limits.deliverMillisecondsMax
		},
		sockets: {
			summary: "The sockets of this node, for developers.",
			auth: "internal",
			params: Empty,
			returns: object({
				items: Type.Array(
					object({
						id: Type.String(),
						userId: Type.Optional(Id),
						deviceId: Type.Optional(Type.String()),
						rooms: Type.Array(Id),
						unsentBytes: Type.Integer({ minimum: 0 })
					})
				)
			})
		}
	},
	events: {
		/** The device has a newer connection: nodes close the older ones. */
		connected: object({
			userId: Id,
			deviceId: DeviceId,
			epoch: Type.Integer({ minimum: 1 }),
			incarnation: Type.String({ maxLength: 36 })
		})
	}
});

/** What a client may call, by the name it uses. */
export const socketCalls = {
	"im.enter": "enter",
	"im.leave": "leave",
	"im.say": "say",
	"im.tell": "tell",
	"im.like": "like",
	"im.ack": "ack",
	"im.inbox": "inbox",
	"im.online": "online"
} as const satisfies Record<string, keyof typeof imGateway.actions>;
