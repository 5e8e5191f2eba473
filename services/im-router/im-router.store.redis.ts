/** Fast state of all nodes. Every change is one script; times are those of the Redis server. */
import type { Redis } from "ioredis";
import { limits } from "../../config/limits.ts";
import { defineScripts } from "../../mixins/redis.ts";
import { redisPending, redisPresence } from "./im-router.store.redis.devices.ts";
import { redisRooms } from "./im-router.store.redis.rooms.ts";
import { keys, type Reach, type Scripts } from "./im-router.store.redis.scripts.ts";
import {
	lifeOf,
	lifeWord,
	type NodeStore,
	type RouterStore,
	type StoreBounds,
	unavailable
} from "./im-router.store.ts";

/** Asks once for each connection: behind a new one there may be a new run. */
function runOf(client: Redis): () => Promise<string> {
	let run: Promise<string> | undefined;
	const forget = () => {
		run = undefined;
	};
	client.on("close", forget);
	return () => {
		if (run) return run;
		run = client.info("server").then((text) => {
			const id = /^run_id:(\w+)/m.exec(text)?.[1];
			if (id === undefined) throw new Error("Redis does not tell its run_id.");
			return id;
		});
		run.catch(forget);
		return run;
	};
}

export function redisRouterStore(
	client: Redis,
	bounds: StoreBounds,
	run: () => Promise<string> = runOf(client)
): RouterStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	const reach: Reach = { client, scripts, bounds, run };
	return {
		nodes: guarded(redisNodes(reach)),
		presence: guarded(redisPresence(reach)),
		rooms: guarded(redisRooms(reach)),
		pending: guarded(redisPending(reach))
	};
}

type Method = (...args: unknown[]) => Promise<unknown>;

function guarded<S extends object>(store: S): S {
	const methods = Object.entries(store as Record<string, Method>).map(([name, method]) => [
		name,
		async (...args: unknown[]) => {
			try {
				return await method(...args);
			} catch (error) {
				throw unavailable(error);
			}
		}
	]);
	return Object.fromEntries(methods) as S;
}

function redisNodes(reach: Reach): NodeStore {
	const { client, scripts, bounds } = reach;
	return {
		async renew(life) {
			return (await scripts.renewNode([keys.nodes], [lifeWord(life), bounds.leaseMs])) === 1;
		},
		async end(life) {
			await client.zadd(keys.nodes, "XX", 0, lifeWord(life));
		},
		async living() {
			return (await scripts.findLiving([keys.nodes], [])).map(lifeOf);
		},
		async sweep() {
			let removed = 0;
			for (const life of await scripts.findLapsed([keys.nodes], [])) {
				removed += (await sweepDevices(reach, life)) + (await sweepRooms(reach, life));
				await scripts.removeLapsed([keys.nodes], [life]);
			}
			return removed;
		}
	};
}

/** Removes the devices of a life that is over, part by part. */
async function sweepDevices({ client, scripts }: Reach, life: string): Promise<number> {
	const at = keys.at(life);
	let removed = 0;
	let cursor = "0";
	do {
		const [next, found] = await client.hscan(at, cursor, "COUNT", limits.nodeSweepRowsPerStep);
		const steps: Promise<unknown>[] = [];
		for (let index = 0; index < found.length; index += 2) {
			const [userId = "", deviceId = ""] = (found[index] ?? "").split(" ");
			const args = [userId, deviceId, found[index + 1] ?? ""] as [string, string, string];
			steps.push(scripts.disconnectDevice([keys.user(userId), at], args));
		}
		await Promise.all(steps);
		removed += steps.length;
		cursor = next;
	} while (cursor !== "0");
	return removed;
}

async function sweepRooms({ client, scripts }: Reach, life: string): Promise<number> {
	const roomIds = await client.smembers(keys.roomsOf(life));
	for (let at = 0; at < roomIds.length; at += limits.nodeSweepRowsPerStep) {
		const part = roomIds.slice(at, at + limits.nodeSweepRowsPerStep);
		await Promise.all(
			part.map((roomId) =>
				scripts.partRoom([keys.wishes(roomId), keys.roomsOf(life)], [life, roomId, ""])
			)
		);
	}
	return roomIds.length;
}
