/** Leases that all nodes contend for. Every step is one script, so nothing comes in between. */
import type { Redis } from "ioredis";
import { defineScripts, type Script } from "../redis.ts";
import type { LeaseStore } from "./lease.store.ts";

interface Scripts {
	acquireLease: Script<
		[lease: string, lastToken: string],
		[holder: string, ttlMs: number],
		[token: string, retryInMs: number]
	>;
	renewLease: Script<[lease: string], [holder: string, ttlMs: number], 0 | 1>;
	releaseLease: Script<[lease: string], [holder: string], 0 | 1>;
}

/** The braces keep both keys on one node of a Redis cluster. */
const leaseKey = (name: string): string => `lease:{${name}}`;
const tokenKey = (name: string): string => `lease:{${name}}:token`;

/** Throws the client's error while Redis is away. */
export function redisLeaseStore(client: Redis): LeaseStore {
	const scripts = defineScripts<Scripts>(client, new URL("./lua/", import.meta.url));
	return {
		async acquire({ name, holder, ttlMs }) {
			const keys: [string, string] = [leaseKey(name), tokenKey(name)];
			const [token, retryInMs] = await scripts.acquireLease(keys, [holder, ttlMs]);
			return token === "" ? { retryInMs } : { token: Number(token) };
		},
		async renew({ name, holder, ttlMs }) {
			return (await scripts.renewLease([leaseKey(name)], [holder, ttlMs])) === 1;
		},
		async release({ name, holder }) {
			await scripts.releaseLease([leaseKey(name)], [holder]);
		}
	};
}
