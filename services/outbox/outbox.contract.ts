import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, nullable, object, oneOf, page, pageParams, Time, Type } from "../../lib/schemas.ts";

const MessageId = Type.String({ format: "uuid" });
const Channel = Type.String({ minLength: 1, maxLength: limits.channelNameCharactersMax });
const Consumer = Type.String({ minLength: 1, maxLength: limits.channelGroupCharactersMax });
const Count = Type.Integer({ minimum: 0 });

/** A message that could not be sent (`relay`) or handled (`consumer`) and waits for a person. */
export const DeadLetter = object({
	id: MessageId,
	source: oneOf("relay", "consumer"),
	channel: Channel,
	/** The group that failed; null when the message never reached the bus. */
	consumer: nullable(Consumer),
	messageId: Type.String(),
	payload: Type.Unknown(),
	attempts: Count,
	error: Type.String(),
	at: Time
});

/**
 * Durable facts between services. They are published inside a transaction by `outbox.tx.ts` and
 * reach each consuming service at least once, in no promised order; consumers call `once` in
 * their own transaction. What is promised and why: docs/adr/0005-durable-events.md.
 */
export const outbox = contract("outbox", {
	actions: {
		deadLetters: {
			summary: "Messages that could not be sent or handled, newest first.",
			rest: "GET /admin/outbox/dead-letters",
			auth: "operator",
			params: object({ ...pageParams, channel: Type.Optional(Channel) }),
			returns: page(DeadLetter),
			read: true
		},
		replay: {
			summary: "Sends one dead letter again, to the consumer that failed.",
			rest: "POST /admin/outbox/dead-letters/:id/replay",
			status: 202,
			auth: "operator",
			params: object({ id: MessageId }),
			returns: object({ messageId: Type.String() }),
			errors: ["DEAD_LETTER_NOT_FOUND"]
		},
		replayAll: {
			summary: "Sends the oldest dead letters again; call until none are left.",
			rest: "POST /admin/outbox/dead-letters/replay",
			status: 202,
			auth: "operator",
			params: object({ channel: Type.Optional(Channel) }),
			returns: object({ replayed: Count, left: Count })
		},
		bury: {
			summary: "Keeps a message that a consumer gave up, or sends it again after an outage.",
			auth: "internal",
			params: object({
				channel: Channel,
				consumer: Consumer,
				messageId: Type.String({ maxLength: limits.outboxMessageIdCharactersMax }),
				payload: Type.String({ maxLength: limits.outboxPayloadBytesMax }),
				attempts: Count,
				error: Type.String({ maxLength: limits.outboxErrorCharactersMax }),
				isOutage: Type.Boolean()
			}),
			returns: Empty
		},
		stats: {
			summary: "How far the outbox lags behind, for health and metrics.",
			auth: "internal",
			params: Empty,
			returns: object({
				/** Due and not yet on the bus; counted up to `limits.outboxStatsRowsMax`. */
				pending: Count,
				oldestAgeMs: Count,
				dead: Count,
				/** Since the newest canary that went all the way was sent; null before the first. */
				canaryAgeMs: nullable(Count)
			}),
			read: true
		}
	},
	events: {
		/** Wakes the relay, which else looks once in a while. */
		committed: Empty
	},
	channels: {
		/** Proof that messages arrive: outbox, bus, consumer. */
		canary: object({ sentAt: Time }),
		/** The second delete of cached values, which a crash after the first must not lose. */
		cacheExpired: object({
			namespace: Type.String({ minLength: 1, maxLength: limits.channelNameCharactersMax }),
			keys: Type.Array(Type.String({ minLength: 1, maxLength: limits.cacheKeyCharactersMax }), {
				minItems: 1,
				maxItems: limits.cacheKeysPerMessageMax
			})
		})
	}
});
