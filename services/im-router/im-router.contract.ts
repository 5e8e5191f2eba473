/**
 * Who is connected where, and the way of every message: numbered, kept, and forwarded once to each
 * node that holds somebody who is to get it. Runs beside every `im-gateway`, so that the way in is
 * a local call.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, object, Time, Type } from "../../lib/schemas.ts";
import {
	Body,
	DeviceId,
	Envelope,
	Epoch,
	MessageClass,
	MessageId,
	MessageKind,
	Offset,
	Sender
} from "./im-router.schemas.ts";

export { DeviceId, Envelope, Epoch, MessageId, Offset, Sender } from "./im-router.schemas.ts";

/** One life of one node: what an earlier life of it says any more changes nothing. */
const Node = {
	nodeId: Type.String({ maxLength: limits.nodeIdCharactersMax }),
	incarnation: Type.String({ pattern: "^\\S{1,36}$", examples: ["life-1"] })
};
const ConnectionEpoch = Type.Integer({ minimum: 1 });
const Text = Type.String({ minLength: 1, maxLength: limits.messageCharactersMax });
const History = object({
	epoch: Epoch,
	offset: Offset,
	items: Type.Array(Envelope),
	recovered: Type.Boolean({ description: "False: something between is gone and cannot be had" })
});
const ClientId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$", examples: ["c1"] });

export const imRouter = contract("im-router", {
	actions: {
		connect: {
			summary: "Registers a device of a user on a node; fences off its earlier connections.",
			auth: "internal",
			params: object({ userId: Id, deviceId: DeviceId, ...Node }),
			returns: object({
				epoch: ConnectionEpoch,
				sequence: Type.Integer({ minimum: 0, description: "Of the last message so far" }),
				pending: Type.Array(Envelope, { description: "Sent to this device, not acked yet" })
			})
		},
		disconnect: {
			summary: "Forgets a connection, unless the device has a newer one.",
			auth: "internal",
			params: object({ userId: Id, deviceId: DeviceId, epoch: ConnectionEpoch, ...Node }),
			returns: object({ removed: Type.Boolean() })
		},
		renew: {
			summary: "A node's sign of life, about once a second; all its rows hang on it.",
			auth: "internal",
			params: object({
				...Node,
				rooms: Type.Array(Id, { maxItems: limits.roomsPerNodeMax })
			}),
			returns: object({
				known: Type.Boolean({ description: "False: register every connection again" }),
				rooms: Type.Array(object({ roomId: Id, epoch: Epoch, offset: Offset }), {
					description: "Where the logs end, so that a node notices what never reached it"
				})
			})
		},
		join: {
			summary: "This node wants the room's messages from now on.",
			auth: "internal",
			params: object({ roomId: Id, ...Node }),
			returns: object({ epoch: Epoch, offset: Offset })
		},
		part: {
			summary: "This node has nobody in the room any more.",
			auth: "internal",
			params: object({ roomId: Id, ...Node }),
			returns: Empty
		},
		history: {
			summary: "Messages of a room after an offset, or the last ones.",
			rest: "GET /rooms/:id/messages",
			auth: "public",
			params: object({
				id: Id,
				epoch: Type.Optional(Epoch),
				after: Type.Optional(Offset)
			}),
			returns: History,
			rateLimit: { count: limits.historyReadsMax, seconds: 10, by: "user" },
			read: true
		},
		say: {
			summary: "A line of chat for a room; the same clientId again gives the first answer.",
			auth: "internal",
			params: object({ roomId: Id, from: Sender, clientId: ClientId, text: Text }),
			returns: object({ id: MessageId, offset: Offset })
		},
		publish: {
			summary: "A message of the platform for all in a room; the same messageId counts once.",
			auth: "internal",
			params: object({
				roomId: Id,
				messageId: MessageId,
				kind: MessageKind,
				class: MessageClass,
				from: Type.Optional(Sender),
				body: Body
			}),
			returns: object({ offset: Type.Optional(Offset) })
		},
		tell: {
			summary: "A private message: kept until a device of the receiver has acked it.",
			auth: "internal",
			params: object({ userId: Id, from: Sender, clientId: ClientId, text: Text }),
			returns: object({ id: MessageId }),
			errors: ["NOT_FOUND", "INBOX_FULL"]
		},
		notify: {
			summary: "A message of the platform for users, kept like a private one; counts once.",
			auth: "internal",
			params: object({
				userIds: Type.Array(Id, { minItems: 1, maxItems: limits.idsPerRequestMax }),
				messageId: MessageId,
				kind: MessageKind,
				from: Type.Optional(Sender),
				body: Body
			}),
			returns: Empty
		},
		hint: {
			summary: "A message of the platform for those of these users who are connected now.",
			auth: "internal",
			params: object({
				userIds: Type.Array(Id, { minItems: 1, maxItems: limits.idsPerRequestMax }),
				messageId: MessageId,
				kind: MessageKind,
				body: Body
			}),
			returns: Empty
		},
		ack: {
			summary: "A device has all its messages up to a sequence; counts for its own epoch only.",
			auth: "internal",
			params: object({
				userId: Id,
				deviceId: DeviceId,
				epoch: ConnectionEpoch,
				upTo: Type.Integer({ minimum: 0 })
			}),
			returns: object({ acked: Type.Integer({ minimum: 0 }) })
		},
		inbox: {
			summary: "Private and system messages that no device has acked, the oldest first.",
			auth: "internal",
			params: object({
				userId: Id,
				after: Type.Optional(MessageId),
				limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageItemsMax }))
			}),
			returns: object({ items: Type.Array(Envelope), more: Type.Boolean() }),
			read: true
		},
		online: {
			summary: "Which of these users are connected.",
			auth: "internal",
			params: object({ userIds: Type.Array(Id, { maxItems: limits.idsPerRequestMax }) }),
			returns: object({ userIds: Type.Array(Id) }),
			read: true
		},
		whereis: {
			summary: "The connections of a user, for developers.",
			auth: "internal",
			params: object({ userId: Id }),
			returns: object({
				items: Type.Array(
					object({
						deviceId: Type.String(),
						...Node,
						epoch: ConnectionEpoch,
						since: Time,
						pending: Type.Integer({ minimum: 0 })
					})
				)
			}),
			read: true
		},
		room: {
			summary: "The log of a room and the nodes that get it, for developers.",
			auth: "internal",
			params: object({ roomId: Id }),
			returns: object({
				epoch: Epoch,
				offset: Offset,
				kept: Type.Integer({ minimum: 0 }),
				nodes: Type.Array(object(Node))
			}),
			read: true
		}
	}
});
