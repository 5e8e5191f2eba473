/**
 * `this.lease` in a service: work that one node of the cluster does at a time. Contended for in
 * Redis, or within the process in embedded mode. List `lease()` before the mixins that the work
 * needs: mixins stop in the order of the list.
 */
import { randomUUID } from "node:crypto";
import type { Service, ServiceBroker } from "moleculer";
import type { Mixin } from "../../lib/service.ts";
import { joinRedis, leaveRedis, readyOrLate } from "../redis.ts";
import { type Held, Hold, type HoldOptions } from "./lease.hold.ts";
import { memoryLeaseStore } from "./lease.store.memory.ts";
import { redisLeaseStore } from "./lease.store.redis.ts";
import type { LeaseStore } from "./lease.store.ts";

export { type Held, type HoldOptions, leaseErrors } from "./lease.hold.ts";

export interface Leases {
	/**
	 * Contends for the lease `name` until released or stopped; resolves after the first try. The
	 * lease may be lost and gained again any number of times in between. While Redis is away nobody
	 * holds it: the work rests, unless `onStoreAway` says that it may go on without.
	 */
	hold(name: string, options: HoldOptions): Promise<Held>;
}

/** One store per broker, so that services of one process contend with each other. */
const stores = new WeakMap<ServiceBroker, LeaseStore>();

export function lease(): Mixin<{ lease: Leases }> {
	const holds = new WeakMap<Service, Set<Promise<Held>>>();
	return {
		created(this: Service & Record<string, unknown>) {
			const { broker } = this;
			const client = joinRedis(broker);
			const store = stores.get(broker) ?? (client ? redisLeaseStore(client) : memoryLeaseStore());
			stores.set(broker, store);
			const own = new Set<Promise<Held>>();
			holds.set(this, own);
			this.lease = {
				async hold(name, options) {
					const holder = `${broker.nodeID}:${randomUUID()}`;
					await readyOrLate(client);
					const held = new Hold({ ...options, name, holder, store, logger: broker.logger }).start();
					own.add(held);
					return held;
				}
			} satisfies Leases;
		},
		async stopped(this: Service) {
			const own = await Promise.all(holds.get(this) ?? []);
			await Promise.all(own.map((held) => held.release()));
			await leaveRedis(this.broker);
		}
	};
}
