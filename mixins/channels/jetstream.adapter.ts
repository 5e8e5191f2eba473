/**
 * Channels of the cluster, on NATS JetStream. What the package's own adapter does differently and
 * why each matters is in docs/adr/0005-durable-events.md: it makes streams and consumers while
 * nodes start, retries at once, loses the reason of a dead letter, and drops in silence what is
 * published while it stops.
 */
import { setTimeout as sleep } from "node:timers/promises";
import channels from "@moleculer/channels";
import { Errors } from "moleculer";
import {
	type Consumer,
	type ConsumerMessages,
	ErrorCode,
	type JsMsg,
	NatsError,
	headers as newHeaders
} from "nats";
import { limits } from "../../config/limits.ts";
import { natsOptions } from "../../config/nats.ts";
import { bury, type Channel, handle, letterOf } from "./consumer.ts";
import { type Headers, isFor } from "./message.ts";
import type { Retries } from "./retry.ts";
import { durableOf, streamOf } from "./streams.ts";

const { MoleculerRetryableError } = Errors;

interface PublishOptions {
	readonly headers?: Record<string, string>;
	readonly msgID?: string;
	/** The payload is JSON already. */
	readonly raw?: boolean;
}

interface Subscription {
	readonly messages: ConsumerMessages;
	readonly running: Set<Promise<void>>;
}

export class JetStreamAdapter extends channels.Adapters.NATS {
	readonly #subscriptions = new Map<string, Subscription>();
	readonly #closing = new AbortController();
	readonly #retries: Retries;

	constructor(natsUrl: string, retries: Retries) {
		super({ nats: { connectionOptions: natsOptions(natsUrl) } });
		this.#retries = retries;
	}

	/** The middleware has subscribed all channels. Nothing waits for it here: the bus keeps. */
	open(): void {}

	/** Ends waiting for the outbox service; handlers that run may end. */
	close(): void {
		this.#closing.abort();
	}

	/** A bus that hangs must not hold up the shutdown: what it was not told comes again. */
	override async disconnect(): Promise<void> {
		this.close();
		this.connected = false;
		if (!this.connection) return;
		const flushed = this.connection.flush().catch(() => undefined);
		await Promise.race([flushed, sleep(limits.channelPublishMillisecondsMax)]);
		await this.connection.close();
	}

	override async subscribe(chan: unknown): Promise<void> {
		const channel = chan as Channel;
		const consumer = await this.#consumer(channel);
		const running = new Set<Promise<void>>();
		const messages = await consumer.consume({
			max_messages: limits.channelPullMessagesMax,
			expires: limits.channelPullMilliseconds,
			// Without it a client that reconnects before JetStream is ready rests for 30 s.
			bind: true,
			callback: (message) => {
				const delivery = this.#receive(channel, message).finally(() => running.delete(delivery));
				running.add(delivery);
			}
		});
		this.#subscriptions.set(channel.id, { messages, running });
	}

	async #consumer(channel: Channel): Promise<Consumer> {
		try {
			return await this.client.consumers.get(streamOf(channel.name), durableOf(channel.group));
		} catch (error) {
			throw new Error(
				`The bus has no consumer "${channel.group}" for "${channel.name}": run npm run migrate.`,
				{ cause: error }
			);
		}
	}

	/** Messages that arrive from now on go back at once, to a node that stays. */
	override async unsubscribe(chan: unknown): Promise<void> {
		const channel = chan as Channel;
		channel.unsubscribing = true;
		const subscription = this.#subscriptions.get(channel.id);
		this.#subscriptions.delete(channel.id);
		if (!subscription) return;
		await subscription.messages.close();
		await Promise.allSettled(subscription.running);
	}

	async #receive(channel: Channel, message: JsMsg): Promise<void> {
		// A live node says so while its handler runs; the message of a dead one comes again.
		const beat = setInterval(() => message.working(), limits.channelAckMillisecondsMax / 3);
		try {
			await this.#judge(channel, message);
		} catch (error) {
			// The connection is gone, so the verdict cannot be sent: the message comes again.
			this.logger.warn(`No verdict on a message of "${channel.name}".`, error);
		} finally {
			clearInterval(beat);
		}
	}

	async #judge(channel: Channel, message: JsMsg): Promise<void> {
		if (channel.unsubscribing) return message.nak();
		if (!isFor(channel.group, this.#headers(message))) return message.ack();
		const attempts = message.info.deliveryCount;
		try {
			// It may be what kills its consumers: they had their tries.
			if (attempts > this.#retries.attemptsMax) throw new Error("No consumer lived to judge it.");
			await handle(channel, message.json(), message);
			message.ack();
		} catch (error) {
			this.metricsIncrement("moleculer.channels.messages.errors.total", channel as never);
			if (attempts >= this.#retries.attemptsMax) {
				if (await this.#bury(channel, message, error)) message.ack();
				return;
			}
			this.logger.warn(`"${channel.group}" failed on "${channel.name}"; trying again.`, error);
			this.metricsIncrement("moleculer.channels.messages.retries.total", channel as never);
			message.nak(this.#retries.milliseconds(attempts));
		}
	}

	#headers(message: JsMsg): Headers | null {
		return this.parseMessageHeaders(message) as Headers | null;
	}

	#bury(channel: Channel, message: JsMsg, error: unknown): Promise<boolean> {
		const headers = this.#headers(message);
		const letter = letterOf(
			channel,
			{ headers, payload: message.string(), prefix: this.opts.prefix },
			{ attempts: message.info.deliveryCount, error }
		);
		const signal = this.#closing.signal;
		return bury(letter, { broker: this.broker, logger: this.logger, signal });
	}

	/**
	 * Resolves when the bus has stored the message. An error that is `retryable` is about the bus;
	 * any other is about this message, and would come again with it.
	 */
	override async publish(name: string, payload: unknown, opts: object | null): Promise<void> {
		const { headers: given = {}, msgID, raw } = (opts ?? {}) as PublishOptions;
		if (!this.connected || this.#closing.signal.aborted) {
			throw new MoleculerRetryableError("The channels are not open.", 503, "CHANNELS_CLOSED");
		}
		const headers = newHeaders();
		for (const [key, value] of Object.entries(given)) headers.set(key, value);
		const text = raw ? String(payload) : JSON.stringify(payload);
		try {
			await this.client.publish(name, text, {
				headers,
				timeout: limits.channelPublishMillisecondsMax,
				...(msgID ? { msgID } : {})
			});
		} catch (error) {
			if (isAboutMessage(error)) throw error;
			const reason = error instanceof Error ? error.message : String(error);
			throw new MoleculerRetryableError(`The bus did not take it: ${reason}`, 503, "BUS_DOWN");
		}
	}
}

/** 10054: larger than the stream allows. */
const isAboutMessage = (error: unknown): boolean =>
	error instanceof NatsError &&
	(error.code === ErrorCode.MaxPayloadExceeded ||
		error.code === ErrorCode.BadSubject ||
		error.api_error?.err_code === 10_054);
