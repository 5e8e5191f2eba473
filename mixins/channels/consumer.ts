/** What both adapters do with a message once it has reached a group. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { isError } from "../../lib/errors.ts";
import { type Headers, messageIdHeader } from "./message.ts";
import { retryMilliseconds } from "./retry.ts";

/** A consumer as @moleculer/channels hands it to an adapter. */
export interface Channel {
	readonly id: string;
	/** With the namespace. */
	readonly name: string;
	readonly group: string;
	unsubscribing: boolean;
	readonly handler: (payload: unknown, raw: unknown) => Promise<unknown>;
}

/** A message that its consumer could not handle, on its way to `outbox.bury`. */
export interface Letter {
	readonly channel: string;
	readonly consumer: string;
	readonly messageId: string;
	readonly payload: string;
	readonly attempts: number;
	readonly error: string;
	/** Not the message failed, but a server that its consumer needs: `outbox.bury` keeps it alive. */
	readonly isOutage: boolean;
}

/** Runs the handler; a handler that does not end in time has failed, though it may run on. */
export async function handle(channel: Channel, payload: unknown, raw: unknown): Promise<void> {
	const milliseconds = limits.channelHandlerMillisecondsMax;
	let timer: NodeJS.Timeout | undefined;
	const tooLong = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(
			() => reject(new Error(`The handler did not end in ${milliseconds} ms.`)),
			milliseconds
		);
	});
	try {
		await Promise.race([channel.handler(payload, raw), tooLong]);
	} finally {
		clearTimeout(timer);
	}
}

export function letterOf(
	channel: Channel,
	message: { headers: Headers | null; payload: string; prefix: string | null },
	failure: { attempts: number; error: unknown }
): Letter {
	const { error } = failure;
	const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	const name = message.prefix ? channel.name.slice(message.prefix.length + 1) : channel.name;
	return {
		channel: name,
		consumer: channel.group,
		messageId: message.headers?.[messageIdHeader] ?? "",
		payload: message.payload,
		attempts: failure.attempts,
		error: text.slice(0, limits.outboxErrorCharactersMax),
		isOutage: isError(error, "UNAVAILABLE")
	};
}

/**
 * Hands the letter to the outbox service until it has it. False when `signal` ended that: the
 * message is then still on the bus, or in the outbox, and comes again.
 */
export async function bury(
	letter: Letter,
	{
		broker,
		logger,
		signal
	}: { broker: ServiceBroker; logger: ServiceBroker["logger"]; signal: AbortSignal }
): Promise<boolean> {
	for (let attempt = 1; !signal.aborted; attempt += 1) {
		try {
			await typed(broker).call("outbox.bury", letter);
			const fate = letter.isOutage ? "waits in the outbox for" : "is a dead letter of";
			logger.error(
				`Message ${letter.messageId} of "${letter.channel}" ${fate} ` +
					`"${letter.consumer}" after ${letter.attempts} attempts: ${letter.error}`
			);
			return true;
		} catch (error) {
			logger.error("The outbox service did not take a dead letter; trying again.", error);
			await pause(retryMilliseconds(attempt, Math.random()), signal);
		}
	}
	return false;
}

/** Sleeps; returns early when `signal` aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
	await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
