/** The shapes of messages: what routers keep and forward, and what clients get. */
import { limits } from "../../config/limits.ts";
import { Id, object, oneOf, type Static, Time, Type } from "../../lib/schemas.ts";

export const MessageClass = oneOf("reliable", "ephemeral");

export const MessageKind = oneOf(
	"chat",
	"private",
	"gift",
	"gift-failed",
	"pk",
	"red-packet",
	"product",
	"flash-sale",
	"order",
	"room",
	"likes",
	"viewers",
	"system"
);

export const MessageId = Type.String({ minLength: 1, maxLength: 64, examples: ["0192f0c1"] });

/** Who a message is from, as all see it. */
export const Sender = object({
	id: Id,
	nickname: Type.String({ maxLength: limits.nicknameCharactersMax }),
	level: Type.Integer({ minimum: 0 })
});

export const Offset = Type.Integer({ minimum: 0, description: "Place in the room's log" });

/** Names one life of a log: offsets of another epoch mean nothing. */
export const Epoch = Type.String({ minLength: 1, maxLength: 32, examples: ["m5x1k2-9f3a"] });

export const DeviceId = Type.String({
	pattern: "^[A-Za-z0-9_-]{8,64}$",
	examples: ["k3J9x0QmZr2T"]
});

/** What the body of a message may hold: plain JSON, bounded by `messageBodyBytesMax`. */
export const Body = Type.Record(Type.String({ maxLength: 64 }), Type.Unknown());

/** One message as a client gets it, whatever its kind. */
export const Envelope = object({
	id: MessageId,
	class: MessageClass,
	kind: MessageKind,
	roomId: Type.Optional(Id),
	from: Type.Optional(Sender),
	offset: Type.Optional(Offset),
	epoch: Type.Optional(Epoch),
	sequence: Type.Optional(
		Type.Integer({ minimum: 1, description: "Numbers the reliable messages of a user's device" })
	),
	at: Time,
	body: Body
});

export type Envelope = Static<typeof Envelope>;
export type Sender = Static<typeof Sender>;
