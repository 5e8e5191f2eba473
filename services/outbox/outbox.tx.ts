/**
 * The two steps of the outbox that other services run inside their own transaction: `publish` a
 * fact with the change that it tells of, and handle a message `once`.
 */
import { randomFillSync } from "node:crypto";
import { limits } from "../../config/limits.ts";
import type { ChannelName, ClusterChannels } from "../../lib/contract.ts";
import { currentRequest } from "../../lib/request-context.ts";
import { compile } from "../../middlewares/validator.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { allContracts } from "../contracts.ts";
import { outboxErrors } from "./outbox.errors.ts";
import { insertConsumed, insertMessages } from "./outbox.model.ts";
import { type IdState, nextMessageId } from "./outbox.rules.ts";
import { wakeRelay } from "./outbox.wake.ts";

export interface PublishOptions {
	/** Not before so many milliseconds from now. */
	readonly delayMs?: number;
	/** The request that caused it; the current one unless told. Group commits know better. */
	readonly requestId?: string;
}

export interface Publication<N extends ChannelName = ChannelName> extends PublishOptions {
	readonly channel: N;
	readonly payload: ClusterChannels[N];
}

/**
 * Publishes when `tx` commits, never otherwise; returns the message id. Throws PAYLOAD_INVALID,
 * PAYLOAD_TOO_LARGE or DELAY_OUT_OF_RANGE, which are bugs of the caller.
 */
export async function publish<N extends ChannelName>(
	tx: Transaction,
	channel: N,
	payload: ClusterChannels[N],
	options: PublishOptions = {}
): Promise<string> {
	const [id = ""] = await publishAll(tx, [{ channel, payload, ...options }]);
	return id;
}

/** The same for many messages in one statement, as group commits have them. */
export async function publishAll(
	tx: Transaction,
	publications: readonly Publication[]
): Promise<string[]> {
	const now = Date.now();
	const current = currentRequest()?.requestId;
	const rows = publications.map(({ channel, payload, delayMs = 0, requestId = current }) => {
		if (!(delayMs >= 0 && delayMs <= limits.outboxDelayMillisecondsMax)) {
			throw outboxErrors.DELAY_OUT_OF_RANGE({ channel, delayMs });
		}
		const id = newMessageId(now);
		return {
			id,
			channel,
			payload: encode(channel, payload),
			messageId: id,
			consumer: null,
			requestId: requestId?.slice(0, limits.requestIdCharactersMax) ?? null,
			dueAt: new Date(now + delayMs)
		};
	});
	await insertMessages(tx, rows);
	// What is due later than the relay's next look needs no waking.
	const soon = publications.some(({ delayMs = 0 }) => delayMs <= limits.outboxPollMilliseconds);
	if (soon) tx.afterCommit("outbox.wake", wakeRelay);
	return rows.map(({ id }) => id);
}

/**
 * False when `consumer` (the name of the consuming service) has handled the message before; then
 * do nothing. The mark commits with the effects, so a handler that fails half-way leaves none.
 */
export const once = (tx: Transaction, consumer: string, messageId: string): Promise<boolean> =>
	insertConsumed(tx, consumer, messageId);

let idState: IdState = { milliseconds: 0, counter: 0 };

/** Random bytes for many ids at a time: asking for ten of them costs as much as for thousands. */
const pool = new Uint8Array(10 * 400);
let poolAt = pool.length;

function nextRandom(): Uint8Array {
	if (poolAt === pool.length) {
		randomFillSync(pool);
		poolAt = 0;
	}
	poolAt += 10;
	return pool.subarray(poolAt - 10, poolAt);
}

export function newMessageId(now: number): string {
	const { id, state } = nextMessageId(idState, now, nextRandom());
	idState = state;
	return id;
}

type Check = ReturnType<typeof compile>;
const checks = new Map<string, Check>();

/** A wrong payload must fail here, in its own transaction, not at every consumer. */
function encode(channel: string, payload: unknown): string {
	let check = checks.get(channel);
	if (!check) {
		const [service, name = ""] = channel.split(".");
		const schema = allContracts.find((each) => each.name === service)?.channels[name];
		if (!schema) throw outboxErrors.CHANNEL_UNKNOWN({ channel });
		check = compile(schema);
		checks.set(channel, check);
	}
	const [fault] = check(payload);
	if (fault) throw outboxErrors.PAYLOAD_INVALID({ channel, ...fault });
	const text = JSON.stringify(payload);
	const bytes = Buffer.byteLength(text);
	if (bytes > limits.outboxPayloadBytesMax)
		throw outboxErrors.PAYLOAD_TOO_LARGE({ channel, bytes });
	return text;
}
