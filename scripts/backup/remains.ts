/**
 * What the other servers still hold from after the moment of a backup: messages about facts that
 * are not there any more, gates and sockets of a later time. It must go before a restored platform
 * starts; nothing of it is the only copy of anything.
 */
import { Redis } from "ioredis";
import { connect } from "nats";
import type { Env } from "../../config/env.ts";
import { clusterNamespace, natsOptions } from "../../config/nats.ts";

const timeoutMs = 5_000;

/** One sentence for each server that is not empty, or only emptied when `clear` says so. */
export async function remains(env: Env, clear: boolean): Promise<string[]> {
	return [
		...(env.redisUrl ? await inRedis(env.redisUrl, clear) : []),
		...(env.natsUrl ? await inNats(env.natsUrl, clear) : [])
	];
}

async function inRedis(url: string, clear: boolean): Promise<string[]> {
	const client = new Redis(url, { commandTimeout: timeoutMs, maxRetriesPerRequest: 1 });
	try {
		if (clear) await client.flushdb();
		const keys = await client.dbsize();
		return keys > 0 ? [`Redis holds ${keys} keys.`] : [];
	} finally {
		client.disconnect();
	}
}

async function inNats(url: string, clear: boolean): Promise<string[]> {
	const connection = await connect({ ...natsOptions(url), reconnect: false });
	try {
		const manager = await connection.jetstreamManager({ timeout: timeoutMs });
		let messages = 0;
		for await (const { config, state } of manager.streams.list()) {
			if (!config.subjects.some((subject) => subject.startsWith(`${clusterNamespace}.`))) continue;
			if (clear) await manager.streams.purge(config.name);
			else messages += state.messages;
		}
		return messages > 0 ? [`The streams of NATS hold ${messages} messages.`] : [];
	} finally {
		await connection.close();
	}
}
