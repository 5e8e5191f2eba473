/** The part of the Redis store that is about devices: where they are, what waits for them. */
import { keys, type Reach } from "./im-router.store.redis.scripts.ts";
import {
	type Connection,
	type Device,
	lifeOf,
	lifeWord,
	type Pending,
	type PendingStore,
	type PresenceStore
} from "./im-router.store.ts";

export function redisPresence({ scripts, bounds }: Reach): PresenceStore {
	return {
		async connect({ userId, deviceId }, life) {
			const word = lifeWord(life);
			const [epoch, sequence] = await scripts.connectDevice(
				[keys.user(userId), keys.device(userId, deviceId), keys.at(word)],
				[userId, deviceId, word, bounds.deviceMs]
			);
			return { epoch, sequence };
		},
		async disconnect({ userId, deviceId, epoch, life }) {
			const own: [string, string] = [keys.user(userId), keys.at(lifeWord(life))];
			return (await scripts.disconnectDevice(own, [userId, deviceId, epoch])) === 1;
		},
		async find(userIds) {
			if (userIds.length === 0) return [];
			const found = await scripts.findDevices([keys.users, keys.nodes], [...userIds]);
			return found.map((flat, index) => connectionsOf(userIds[index] as string, flat));
		}
	};
}

function connectionsOf(userId: string, flat: readonly string[]): Connection[] {
	const found: Connection[] = [];
	for (let at = 0; at < flat.length; at += 2) {
		const row = /^(\d+) (\d+) (.*)$/s.exec(flat[at + 1] ?? "");
		if (!row) continue;
		const [, epoch, since, life = ""] = row;
		const deviceId = flat[at] as string;
		found.push({
			...{ userId, deviceId, epoch: Number(epoch) },
			...{ since: Number(since), life: lifeOf(life) }
		});
	}
	return found;
}

export function redisPending({ client, scripts, bounds }: Reach): PendingStore {
	const own = ({ userId, deviceId }: Device): [string, string] => [
		keys.device(userId, deviceId),
		keys.pending(userId, deviceId)
	];
	return {
		async push(device, { id, text }) {
			const { pendingMax, deviceMs } = bounds;
			const args = [id, text, pendingMax, deviceMs] as [string, string, number, number];
			const [sequence, epoch] = await scripts.pushMessage(own(device), args);
			return { sequence, epoch };
		},
		async list(device) {
			const [, ...flat] = await scripts.listPending(own(device), ["", "+inf"]);
			return pendingOf(flat);
		},
		count: ({ userId, deviceId }) => client.zcard(keys.pending(userId, deviceId)),
		async upTo(device, epoch, sequence) {
			const [isOwn, ...flat] = await scripts.listPending(own(device), [epoch, sequence]);
			return isOwn === 1 ? pendingOf(flat) : undefined;
		},
		ack: (device, epoch, sequence) => scripts.ackMessages(own(device), [epoch, sequence])
	};
}

const pendingOf = (flat: readonly string[]): Pending[] =>
	Array.from({ length: flat.length / 3 }, (_, index) => ({
		id: flat[index * 3] as string,
		sequence: Number(flat[index * 3 + 1]),
		text: flat[index * 3 + 2] as string
	}));
