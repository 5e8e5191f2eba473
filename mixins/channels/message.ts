/** A durable message: what the outbox hands to the bus, and what a consumer finds in headers. */

export interface DurableMessage {
	/** Of the outbox row. The bus drops a second message with the same id within its window. */
	readonly id: string;
	/** `users.registered`, without the namespace. */
	readonly channel: string;
	/** JSON. */
	readonly payload: string;
	/** What consumers remember. Differs from `id` when a dead letter is sent again. */
	readonly messageId: string;
	/** The only group to act on it, when a dead letter of that group is sent again. */
	readonly consumer: string | null;
	/** The request that caused it, for the log. */
	readonly requestId: string | null;
}

export type Headers = Readonly<Record<string, string>>;

export const messageIdHeader = "message-id";
export const consumerHeader = "only-consumer";

/**
 * The request id travels, who called does not: a message may be handled days later, and a consumer
 * must not act with the rights of a session that has ended. Ids of users stand in the payload.
 */
export function headersOf(message: DurableMessage): Record<string, string> {
	const own = {
		[messageIdHeader]: message.messageId,
		...(message.consumer === null ? {} : { [consumerHeader]: message.consumer })
	};
	return {
		...own,
		// @moleculer/channels makes `ctx.requestID` and `ctx.headers` of these.
		$requestID: message.requestId ?? message.messageId,
		$headers: Buffer.from(JSON.stringify(own)).toString("base64")
	};
}

/** Whether this group should act on the message; false: it was sent again for another one. */
export const isFor = (group: string, headers: Headers | null): boolean =>
	headers?.[consumerHeader] === undefined || headers[consumerHeader] === group;
