/**
 * `this.cache` in a service: values that cost a query, kept in the memory of the node and in
 * Redis (embedded: in memory only).
 *
 * A writer calls `invalidate` in its transaction. The keys are deleted right after the commit and
 * once more a second later: a reader on another node may have read the old row before the commit
 * and stored it after the first delete. The second delete is a message of the outbox, so it comes
 * even if every process dies in between; the `outbox` service hands it to `expire`.
 */
import type { Service, ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import type { Mixin } from "../../lib/service.ts";
import { publishAll } from "../../services/outbox/outbox.tx.ts";
import { type Figure, register, sample } from "../figures.ts";
import { joinRedis, leaveRedis } from "../redis.ts";
import type { Transaction } from "../sql/index.ts";
import { Namespace, type NamespaceOptions } from "./cache.namespace.ts";
import { Tiers } from "./cache.tiers.ts";

export type { Namespace, NamespaceOptions, Plain } from "./cache.namespace.ts";

export interface Cache {
	/** The namespace of that name, the same for all services of the node. */
	namespace(name: string, options: NamespaceOptions): Namespace;
	/** Deletes after the commit of `tx`, and again a second later, whatever happens. */
	invalidate(tx: Transaction, namespace: string, keys: readonly string[]): Promise<void>;
	/** The second delete. Throws UNAVAILABLE while Redis is away, so that it is tried again. */
	expire(message: { readonly namespace: string; readonly keys: readonly string[] }): Promise<void>;
}

export function cache(): Mixin<{ cache: Cache }> {
	return {
		created(this: Service & Record<string, unknown>) {
			this.cache = joinCache(this.broker);
		},
		async started(this: Service) {
			await shared.get(this.broker)?.cache.ready();
		},
		async stopped(this: Service) {
			await leaveCache(this.broker);
		}
	};
}

const shared = new WeakMap<ServiceBroker, { readonly cache: NodeCache; users: number }>();

/** The cache of the broker, for middlewares too. Each `joinCache` needs its `leaveCache`. */
export function joinCache(broker: ServiceBroker): Cache {
	const entry = shared.get(broker) ?? { cache: new NodeCache(broker), users: 0 };
	shared.set(broker, entry);
	entry.users += 1;
	return entry.cache;
}

export async function leaveCache(broker: ServiceBroker): Promise<void> {
	const entry = shared.get(broker);
	if (!entry) return;
	entry.users -= 1;
	if (entry.users > 0) return;
	shared.delete(broker);
	await entry.cache.close();
}

const [reads, alone] = ["cache.reads.total", "cache.alone"];
const figures: readonly Figure[] = [
	{
		...{ type: "counter", name: reads, labelNames: ["namespace", "outcome"] },
		description: "Values that were asked for: kept somewhere (hit), or loaded (miss)"
	},
	{
		...{ type: "gauge", name: alone },
		description: "1 while deletes of other nodes may be missed, so that Redis is not used"
	}
];

class NodeCache implements Cache {
	readonly #broker: ServiceBroker;
	readonly #unwatch: () => void;
	readonly #tiers: Tiers;
	readonly #namespaces = new Map<string, Namespace>();

	constructor(broker: ServiceBroker) {
		this.#broker = broker;
		this.#tiers = new Tiers({
			client: joinRedis(broker),
			logger: broker.logger,
			onDelete: (namespace, keys) => this.#namespaces.get(namespace)?.overtake(keys),
			onRead(namespace, { hits, misses }) {
				broker.metrics?.increment(reads, { namespace, outcome: "hit" }, hits);
				broker.metrics?.increment(reads, { namespace, outcome: "miss" }, misses);
			}
		});
		register(broker, figures);
		this.#unwatch = sample(broker, () => {
			broker.metrics.set(alone, this.#tiers.isAlone ? 1 : 0);
		});
	}

	namespace(name: string, options: NamespaceOptions): Namespace {
		const known = this.#namespaces.get(name);
		if (known) return known;
		const namespace = new Namespace(name, options, this.#tiers);
		this.#namespaces.set(name, namespace);
		return namespace;
	}

	async invalidate(tx: Transaction, namespace: string, keys: readonly string[]): Promise<void> {
		if (keys.length === 0) return;
		const publications = [];
		for (let at = 0; at < keys.length; at += limits.cacheKeysPerMessageMax) {
			publications.push({
				channel: "outbox.cacheExpired" as const,
				payload: { namespace, keys: keys.slice(at, at + limits.cacheKeysPerMessageMax) },
				delayMs: limits.cacheSecondDeleteMilliseconds
			});
		}
		await publishAll(tx, publications);
		tx.afterCommit(`cache.${namespace}.${JSON.stringify(keys)}`, () => {
			// Not reached is no error here: the second delete will be.
			this.expire({ namespace, keys }).catch((error) =>
				this.#broker.logger.debug("The first delete did not reach all.", error)
			);
		});
	}

	async expire({ namespace, keys }: Parameters<Cache["expire"]>[0]): Promise<void> {
		this.#namespaces.get(namespace)?.overtake(keys);
		await this.#tiers.delete(namespace, keys);
	}

	ready(): Promise<void> {
		return this.#tiers.ready();
	}

	async close(): Promise<void> {
		this.#unwatch();
		await this.#tiers.close();
		await leaveRedis(this.#broker);
	}
}
