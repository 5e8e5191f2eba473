import type { Redis } from "ioredis";
import { limits } from "../../config/limits.ts";
import { defineScripts, type Script } from "../../mixins/redis.ts";
import type { GateBounds, GateOutcome, GateStore } from "./flash-sales.store.ts";

const defaults: GateBounds = {
	leakMs: limits.flashSaleLeakMilliseconds,
	keptMs: limits.flashSaleGateKeptMilliseconds,
	refusalsMax: limits.flashSaleGateRefusalsMax
};

type GateKeys = [gate: string, units: string, requests: string, underWay: string];

interface Scripts {
	enterGate: Script<
		GateKeys,
		[
			...[user: string, intent: string, fingerprint: string],
			...[quantity: number, limit: number, refusalsMax: number]
		],
		[GateOutcome, number, number]
	>;
	settleGate: Script<GateKeys, (string | number)[], number>;
	openGate: Script<
		GateKeys,
		[epoch: number, left: number, starts: number, ends: number, forgotten: number],
		number
	>;
	balanceGate: Script<
		[gate: string, underWay: string],
		[epoch: number, left: number, leakMs: number],
		number
	>;
}

// One slot for all that changes together.
const gateKey = (saleId: string): string => `flash-sales:{${saleId}}:gate`;
const keysOf = (saleId: string): GateKeys => [
	gateKey(saleId),
	`flash-sales:{${saleId}}:units`,
	`flash-sales:{${saleId}}:requests`,
	`flash-sales:{${saleId}}:under-way`
];

/** Of all nodes. Throws the client's error while Redis is away. */
export function redisGateStore(client: Redis, bounds: GateBounds = defaults): GateStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	return {
		async enter({ saleId, userId, intent, fingerprint, quantity, limit }) {
			const [outcome, epoch, known] = await scripts.enterGate(keysOf(saleId), [
				...([userId, intent, fingerprint.slice(0, 16).padEnd(16, "0")] as const),
				...([quantity, limit, bounds.refusalsMax] as const)
			]);
			return { outcome, epoch, isKnown: known === 1 };
		},
		async settle(saleId, epoch, settled) {
			if (settled.length === 0) return;
			await scripts.settleGate(keysOf(saleId), [
				epoch,
				...settled.flatMap(({ userId, intent, quantity, isBought }) => [
					...[userId, intent, quantity, isBought ? 1 : 0]
				])
			]);
		},
		async epochs(saleIds) {
			const found = await Promise.all(saleIds.map((id) => client.hget(gateKey(id), "epoch")));
			return found.map(Number);
		},
		async open({ saleId, epoch, left, startsAt, endsAt }, units) {
			const keys = keysOf(saleId);
			const all = [...units].flat();
			const size = 2 * limits.flashSaleRowsPerStatementMax;
			await client.del(keys[1]);
			for (let from = 0; from < all.length; from += size) {
				await client.hset(keys[1], ...all.slice(from, from + size));
			}
			const ends = endsAt.getTime();
			const forgotten = ends + bounds.keptMs;
			await scripts.openGate(keys, [epoch, left, startsAt.getTime(), ends, forgotten]);
		},
		balance: (saleId, epoch, left) => {
			const [gate, , , underWay] = keysOf(saleId);
			return scripts.balanceGate([gate, underWay], [epoch, left, bounds.leakMs]);
		},
		async count(saleId, userId, units) {
			await client.hset(keysOf(saleId)[1], userId, units);
		},
		async close(saleId) {
			await client.del(...keysOf(saleId));
		}
	};
}
