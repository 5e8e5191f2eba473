/**
 * The streams and durable consumers of JetStream, made once by the migration and never by nodes:
 * two nodes that start together would race, and a consumer made after a message misses it.
 * Why one stream per channel: docs/adr/0005-durable-events.md.
 */
import {
	AckPolicy,
	type ConsumerConfig,
	connect,
	DeliverPolicy,
	DiscardPolicy,
	type JetStreamManager,
	type NatsConnection,
	NatsError,
	nanos,
	ReplayPolicy,
	RetentionPolicy,
	StorageType,
	type StreamConfig
} from "nats";
import { limits } from "../../config/limits.ts";
import { clusterNamespace, natsOptions } from "../../config/nats.ts";
import type { ChannelPlan } from "./plan.ts";

/** Names of streams and consumers know no dots. */
const flat = (name: string): string => name.replaceAll(".", "_");
export const subjectOf = (namespace: string | null, channel: string): string =>
	namespace ? `${namespace}.${channel}` : channel;
export const streamOf = flat;
export const durableOf = flat;

/** What was done, for the one who migrates. */
export interface EnsuredStreams {
	readonly streams: number;
	readonly consumers: number;
	/** Consumers that no service has any more. Left alone they would hold messages for days. */
	readonly removed: readonly string[];
}

/**
 * Makes or updates everything that `plan` asks for; running it again changes nothing. Throws when
 * NATS does not answer or runs without JetStream.
 */
export async function ensureStreams(
	natsUrl: string,
	plan: readonly ChannelPlan[],
	namespace: string = clusterNamespace
): Promise<EnsuredStreams> {
	const connection = await connect(natsOptions(natsUrl));
	try {
		const manager = await connection.jetstreamManager();
		const replicas = replicasOf(connection);
		const removed: string[] = [];
		let consumers = 0;
		for (const { name, groups } of plan) {
			const subject = subjectOf(namespace, name);
			await ensureStream(manager, streamConfig(subject, replicas));
			for (const group of groups) await ensureConsumer(manager, streamOf(subject), group);
			consumers += groups.length;
			removed.push(...(await removeOthers(manager, streamOf(subject), groups)));
		}
		return { streams: plan.length, consumers, removed };
	} finally {
		await connection.close();
	}
}

/** A cluster of three or more keeps each message on three servers. */
function replicasOf({ info }: NatsConnection): number {
	return info?.cluster && (info.connect_urls?.length ?? 0) >= 3 ? 3 : 1;
}

/**
 * A message leaves the stream when every consumer has acknowledged it. A full stream refuses new
 * ones, which then wait in the outbox: nothing is pushed out.
 */
function streamConfig(subject: string, replicas: number): Partial<StreamConfig> {
	return {
		name: streamOf(subject),
		subjects: [subject],
		storage: StorageType.File,
		retention: RetentionPolicy.Interest,
		discard: DiscardPolicy.New,
		max_age: nanos(limits.channelMessageAgeSecondsMax * 1000),
		max_bytes: limits.channelStreamBytesMax,
		duplicate_window: nanos(limits.channelDuplicateSecondsMax * 1000),
		num_replicas: replicas
	};
}

const changeable = {
	ack_wait: nanos(limits.channelAckMillisecondsMax),
	max_ack_pending: limits.channelInFlightMessagesMax,
	// We count attempts ourselves: beyond a limit of the server a message would just stay silent.
	max_deliver: -1
} satisfies Partial<ConsumerConfig>;

async function ensureStream(manager: JetStreamManager, config: Partial<StreamConfig>) {
	const name = config.name ?? "";
	if (await exists(manager.streams.info(name))) await manager.streams.update(name, config);
	else await manager.streams.add(config);
}

async function ensureConsumer(manager: JetStreamManager, stream: string, group: string) {
	const durable = durableOf(group);
	if (await exists(manager.consumers.info(stream, durable))) {
		await manager.consumers.update(stream, durable, changeable);
		return;
	}
	await manager.consumers.add(stream, {
		durable_name: durable,
		ack_policy: AckPolicy.Explicit,
		deliver_policy: DeliverPolicy.All,
		replay_policy: ReplayPolicy.Instant,
		...changeable
	});
}

async function removeOthers(
	manager: JetStreamManager,
	stream: string,
	groups: readonly string[]
): Promise<string[]> {
	const known = new Set(groups.map(durableOf));
	const removed: string[] = [];
	for await (const { name } of manager.consumers.list(stream)) {
		if (known.has(name)) continue;
		await manager.consumers.delete(stream, name);
		removed.push(`${stream}/${name}`);
	}
	return removed;
}

async function exists(info: Promise<unknown>): Promise<boolean> {
	try {
		await info;
		return true;
	} catch (error) {
		if (error instanceof NatsError && error.api_error?.code === 404) return false;
		throw error;
	}
}
