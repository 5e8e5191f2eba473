/**
 * Durable channels: `broker.sendToChannel` for the outbox relay (nobody else publishes), and
 * `channels: { … }` in service schemas. On JetStream in the cluster, in process otherwise.
 */
import { Middleware as channels } from "@moleculer/channels";
import type { Middleware, ServiceBroker } from "moleculer";
import type { Env } from "../../config/env.ts";
import { InProcessAdapter } from "./in-process.adapter.ts";
import { JetStreamAdapter } from "./jetstream.adapter.ts";
import { type DurableMessage, headersOf } from "./message.ts";
import { patient, type Retries } from "./retry.ts";

export type { DurableMessage } from "./message.ts";
export { type ChannelPlan, type Consuming, planOf } from "./plan.ts";
export { patient, type Retries, retryMilliseconds } from "./retry.ts";
export { type EnsuredStreams, ensureStreams } from "./streams.ts";

/** `retries` is for tests: what takes minutes in life must not take them there. */
export function channelsMiddleware(env: Env, retries: Retries = patient): Middleware {
	const adapter = env.natsUrl
		? new JetStreamAdapter(env.natsUrl, retries)
		: new InProcessAdapter(retries);
	const options = { adapter, context: true } as unknown as Parameters<typeof channels>[0];
	const inner = channels(options);
	return {
		...inner,
		async started() {
			await inner.started();
			adapter.open();
		},
		// Runs before the services stop: a retry that waits must not hold them up.
		async stopping() {
			adapter.close();
		}
	} as unknown as Middleware;
}

interface Sending {
	sendToChannel(channel: string, payload: string, options: object): Promise<void>;
}

/**
 * Resolves when the message is safe: stored by the bus, or handled by every group. Throws an error
 * with `retryable` when the way is closed now, any other when this message cannot be sent.
 */
export async function send(broker: ServiceBroker, message: DurableMessage): Promise<void> {
	const sender = broker as unknown as Sending;
	await sender.sendToChannel(message.channel, message.payload, {
		raw: true,
		msgID: message.id,
		headers: headersOf(message)
	});
}
