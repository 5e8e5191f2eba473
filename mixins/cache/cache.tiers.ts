/**
 * Where cached values lie: in the memory of this node and, in a cluster, in Redis, kept together
 * by bentocache. Reads never fail because Redis is away; deletes say so.
 */
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisDriver } from "bentocache/drivers/redis";
import type { CacheBusMessage } from "bentocache/types";
import type { Redis } from "ioredis";
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { readyOrLate } from "../redis.ts";
import { CacheBus } from "./cache.bus.ts";

const prefix = "cache";

export interface TiersOptions {
	/** Undefined in embedded mode: memory only. */
	readonly client: Redis | undefined;
	readonly logger: ServiceBroker["logger"];
	/** Another node has deleted these. */
	onDelete(namespace: string, keys: readonly string[]): void;
	/** How many values of one read were kept somewhere, and how many had to be loaded. */
	onRead?(namespace: string, counts: { readonly hits: number; readonly misses: number }): void;
}

export class Tiers {
	readonly #bento: ReturnType<typeof openBento>;
	readonly #client: Redis | undefined;
	readonly #bus: CacheBus | undefined;
	readonly #values = new Map<string, ReturnType<ReturnType<typeof openBento>["namespace"]>>();
	/** Redis keys that could not be deleted while Redis was away; see `#payOwed`. */
	readonly #owed = new Set<string>();
	#payTimer: NodeJS.Timeout | undefined;
	readonly onRead: TiersOptions["onRead"];

	constructor({ client, logger, onDelete, onRead }: TiersOptions) {
		this.#client = client;
		this.onRead = onRead;
		this.#bus =
			client &&
			new CacheBus({
				client,
				logger,
				clear: message("clear", prefix),
				onDelete: ({ namespace = "", keys }) => onDelete(namespace.slice(prefix.length + 1), keys)
			});
		this.#bento = openBento(client, this.#bus, () => this.isAlone);
		// The first use opens the bus.
		this.#bento.use();
	}

	/** True while deletes of other nodes may be missed; Redis is then neither read nor written. */
	get isAlone(): boolean {
		return this.#bus !== undefined && (!this.#bus.isTrusted || this.#owed.size > 0);
	}

	/** Undefined when the value is in no tier, or in none that answers. */
	get(namespace: string, key: string): Promise<unknown> {
		return this.#valuesOf(namespace).get({ key });
	}

	/** In this node's memory at once, in Redis when the promise resolves. */
	async set(namespace: string, key: string, { value, ttlMs }: { value: object; ttlMs: number }) {
		const ttl = this.isAlone ? Math.min(ttlMs, limits.cacheAloneMillisecondsMax) : ttlMs;
		await this.#valuesOf(namespace).set({ key, value, ttl, skipBusNotify: true });
	}

	/**
	 * Deletes in this node at once, then in Redis and in all other nodes. Throws UNAVAILABLE when
	 * those were not reached; Redis then gets the delete as soon as it is back.
	 */
	async delete(namespace: string, keys: readonly string[]): Promise<void> {
		if (!this.#client || !this.#bus) {
			await this.#valuesOf(namespace).deleteMany({ keys: [...keys] });
			return;
		}
		const deleted = message("delete", `${prefix}:${namespace}`, keys);
		this.#bus.apply(deleted);
		const redisKeys = keys.map((key) => `${prefix}:${namespace}:${key}`);
		try {
			await this.#client.unlink(redisKeys);
			await this.#bus.tell(deleted);
		} catch {
			this.#owe(redisKeys);
			throw commonErrors.UNAVAILABLE();
		}
	}

	/** Resolves when this node hears the others, or a while later when Redis is away. */
	async ready(): Promise<void> {
		await readyOrLate(this.#client, () => !this.isAlone);
	}

	async close(): Promise<void> {
		clearTimeout(this.#payTimer);
		// Not bentocache's own disconnect: it would end the client that all services share.
		await this.#bus?.disconnect();
	}

	#valuesOf(namespace: string) {
		let values = this.#values.get(namespace);
		if (!values) {
			values = this.#bento.namespace(namespace);
			this.#values.set(namespace, values);
		}
		return values;
	}

	/** What does not fit any more is left to the durable second delete. */
	#owe(redisKeys: readonly string[]): void {
		for (const key of redisKeys) {
			if (this.#owed.size < limits.cacheOwedKeysMax) this.#owed.add(key);
		}
		clearTimeout(this.#payTimer);
		this.#payTimer = setTimeout(() => void this.#payOwed(), limits.cacheBeatMilliseconds).unref();
	}

	/**
	 * Redis may come back with values from before the outage. What this node wrote meanwhile is
	 * deleted before the node reads from Redis again.
	 */
	async #payOwed(): Promise<void> {
		const keys = [...this.#owed];
		try {
			await this.#client?.unlink(keys);
			for (const key of keys) this.#owed.delete(key);
		} catch {
			this.#owe([]);
		}
	}
}

function message(type: "clear" | "delete", namespace: string, keys: readonly string[] = []) {
	return { type, namespace, keys: [...keys] } satisfies CacheBusMessage;
}

function openBento(client: Redis | undefined, bus: CacheBus | undefined, isAlone: () => boolean) {
	let isOpen = false;
	let store = bentostore().useL1Layer(
		memoryDriver({ maxItems: limits.cacheLocalItemsMax, maxSize: limits.cacheLocalBytesMax })
	);
	if (client && bus) {
		store = store.useL2Layer(redisDriver({ connection: client }));
		store = store.useBus({
			options: { retryQueue: { enabled: false, retryInterval: false } },
			factory: () => bus
		});
	}
	const bento = new BentoCache({
		default: "values",
		prefix,
		stores: { values: store },
		// Spares reads the wait for a server that hangs. Opening the bus comes through here too.
		internalOperationWrapper: (operation) => {
			if (isOpen && isAlone()) throw commonErrors.UNAVAILABLE();
			isOpen = true;
			return operation();
		}
	});
	return bento;
}
