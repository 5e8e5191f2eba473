/** The registry that all media nodes share. */
import type { Redis } from "ioredis";
import { defineScripts, type Script } from "../../mixins/redis.ts";
import type { StreamEntry, StreamStore } from "./media.store.ts";

interface Scripts {
	putStream: Script<[stream: string], [generation: number, entry: string, ttlMs: number], 0 | 1>;
	removeStream: Script<[stream: string], [generation: number], 0 | 1>;
}

const streamKey = (roomId: string): string => `media:stream:${roomId}`;

/** Throws the client's error while Redis is away. */
export function redisStreamStore(client: Redis): StreamStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	return {
		async put(entry, ttlMs) {
			const { roomId, generation } = entry;
			const values: [number, string, number] = [generation, JSON.stringify(entry), ttlMs];
			return (await scripts.putStream([streamKey(roomId)], values)) === 1;
		},
		async find(roomId) {
			const text = await client.hget(streamKey(roomId), "entry");
			return text === null ? undefined : (JSON.parse(text) as StreamEntry);
		},
		async remove(roomId, generation) {
			await scripts.removeStream([streamKey(roomId)], [generation]);
		}
	};
}
