/** `this.redis` in a service: one shared client per broker, undefined in embedded mode. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import type { Service, ServiceBroker } from "moleculer";
import { envOf } from "../config/env.ts";
import { limits } from "../config/limits.ts";
import type { Mixin } from "../lib/service.ts";
import { type Figure, register, sample } from "./figures.ts";

export { defineScripts, type Script } from "./redis-scripts.ts";

/**
 * A client that fails fast. While the server is away a command is refused at once instead of
 * being queued, and a command that was under way when the connection broke is never sent again:
 * nobody knows whether it ran, and a script that ran twice could count twice.
 */
const clientOptions: RedisOptions = {
	enableOfflineQueue: false,
	maxRetriesPerRequest: 0,
	autoResendUnfulfilledCommands: false,
	connectTimeout: limits.redisConnectMillisecondsMax,
	commandTimeout: limits.redisCommandMillisecondsMax,
	keepAlive: 5_000,
	// Jitter, so that not all nodes come back in the same moment.
	retryStrategy: (attempt) =>
		Math.min(limits.redisReconnectMillisecondsMax, 50 * attempt) * (0.5 + Math.random() / 2)
};

type Logger = ServiceBroker["logger"];

interface Shared {
	readonly client: Redis;
	users: number;
	unwatch(): void;
}

const shared = new WeakMap<ServiceBroker, Shared>();

/** `started` finds the client ready unless the server is down, which does not stop the node. */
export function redis(): Mixin<{ redis: Redis | undefined }> {
	return {
		created(this: Service & Record<string, unknown>) {
			this.redis = joinRedis(this.broker);
		},
		async started(this: Service) {
			await readyOrLate(shared.get(this.broker)?.client);
		},
		async stopped(this: Service) {
			await leaveRedis(this.broker);
		}
	};
}

/** The client of the broker, opened by the first who asks. Each `joinRedis` needs its leave. */
export function joinRedis(broker: ServiceBroker): Redis | undefined {
	const { redisUrl } = envOf(broker);
	register(broker, figures);
	if (redisUrl === undefined) return undefined;
	let entry = shared.get(broker);
	if (!entry) {
		const client = openRedis(redisUrl, broker.logger);
		entry = { client, users: 0, unwatch: watchRedis(broker, client) };
		shared.set(broker, entry);
	}
	entry.users += 1;
	return entry.client;
}

export async function leaveRedis(broker: ServiceBroker): Promise<void> {
	const entry = shared.get(broker);
	if (!entry) return;
	entry.users -= 1;
	if (entry.users > 0) return;
	shared.delete(broker);
	entry.unwatch();
	await closeRedis(entry.client);
}

const figures: readonly Figure[] = [
	{ type: "gauge", name: "redis.connected", description: "1 while Redis answers this node" },
	{
		...{ type: "gauge", name: "redis.ping.milliseconds" },
		description: "How long Redis took for the last empty question"
	}
];

function watchRedis(broker: ServiceBroker, client: Redis): () => void {
	return sample(broker, async () => {
		const startedAt = performance.now();
		const isThere = await client.ping().then(
			() => true,
			() => false
		);
		broker.metrics.set("redis.connected", isThere ? 1 : 0);
		if (isThere) broker.metrics.set("redis.ping.milliseconds", performance.now() - startedAt);
	});
}

export const openRedis = (url: string, logger: Logger): Redis =>
	gathered(watched(new Redis(url, clientOptions), logger));

export interface Subscription {
	readonly channels: readonly string[];
	readonly logger: Logger;
	onMessage(channel: string, text: string): void;
	/** From now on nothing is missed, until the connection breaks. */
	onSubscribed?(): void;
}

/**
 * A connection of its own that hears `channels`, again after each outage; what is published in
 * between is lost. Not ioredis's own way of subscribing again: a refusal there is an unhandled
 * rejection, which ends the process.
 */
export function openSubscriber(client: Redis, subscription: Subscription): Redis {
	const subscriber = client.duplicate({ autoResubscribe: false });
	subscriber.on("message", (channel, text) => subscription.onMessage(channel, text));
	subscriber.on("ready", () => {
		subscriber.subscribe(...subscription.channels).then(
			() => subscription.onSubscribed?.(),
			// A connection that broke meanwhile will be ready once more.
			() => {}
		);
	});
	return watched(subscriber, subscription.logger);
}

/** Lets what was sent be answered; a server that does not answer is left alone. */
export async function closeRedis(client: Redis): Promise<void> {
	if (client.status === "ready") await client.quit().catch(() => {});
	client.disconnect();
}

/** Clients that were waited for in vain. */
const late = new WeakSet<Redis>();

/**
 * Resolves when the client is ready (and all is well), or a while later when it is away. A node
 * waits for that once: services start one after another, and each would add its own wait.
 */
export async function readyOrLate(
	client: Redis | undefined,
	isWell: () => boolean = () => true
): Promise<void> {
	if (!client) return;
	const deadline = performance.now() + limits.redisReadyMillisecondsMax;
	while (performance.now() < deadline) {
		if (client.status === "ready" && isWell()) return;
		if (client.status !== "ready" && late.has(client)) return;
		await sleep(10);
	}
	late.add(client);
}

/** Commands of one turn of the event loop leave in one write: each write costs a system call. */
function gathered(client: Redis): Redis {
	const send = client.sendCommand.bind(client);
	let corked: { uncork(): void } | undefined;
	client.sendCommand = (...args) => {
		const { stream } = client as unknown as { stream?: { cork(): void; uncork(): void } };
		if (stream && !corked) {
			stream.cork();
			corked = stream;
			setImmediate(() => {
				corked = undefined;
				stream.uncork();
			});
		}
		return send(...args);
	};
	return client;
}

/** One line when the server goes and one when it is back, not one per attempt to reconnect. */
function watched(client: Redis, logger: Logger): Redis {
	let isAway = false;
	client.on("error", (error: Error) => {
		if (!isAway) logger.warn(`Redis is away: ${error.message}`);
		isAway = true;
	});
	client.on("ready", () => {
		if (isAway) logger.info("Redis is back.");
		isAway = false;
	});
	return client;
}
