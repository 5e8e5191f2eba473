/**
 * Cached values of one kind. A value is loaded once however many ask for it at the same time, and
 * a load that was overtaken by a delete is handed to those who waited for it but never kept.
 */
import { limits } from "../../config/limits.ts";
import type { Tiers } from "./cache.tiers.ts";

export interface NamespaceOptions {
	/** How long a value may live; deletes are the rule, this is the net below them. */
	readonly ttlMs: number;
	/** How long "there is none" may live. */
	readonly nullTtlMs: number;
	/** Lives are shortened at random by up to this part, so that they do not end together. */
	readonly jitter?: number;
	/** Raised with the shape of the values: nodes of different versions do not read each other's. */
	readonly version?: number;
}

/** What JSON makes of a value: a Date comes out of a cache as a string, on a miss too. */
export type Plain<T> = T extends Date
	? string
	: T extends bigint | symbol | ((...args: never) => unknown)
		? never
		: T extends object
			? { [K in keyof T]: Plain<T[K]> }
			: T;

const jitterDefault = 0.2;

interface Entry {
	readonly version: number;
	readonly value: unknown;
}

interface Flight {
	readonly landed: PromiseWithResolvers<unknown>;
	/** Set by a delete: what is being loaded may be from before the change. */
	isOvertaken: boolean;
}

export class Namespace {
	readonly name: string;
	readonly options: NamespaceOptions;
	readonly #tiers: Tiers;
	readonly #flights = new Map<string, Flight>();

	constructor(name: string, options: NamespaceOptions, tiers: Tiers) {
		this.name = name;
		this.options = options;
		this.#tiers = tiers;
	}

	/**
	 * The value, loaded and kept when it is not there; null where `load` finds none. `load` must
	 * read the primary: what a lagging replica answers could outlive the second delete.
	 */
	async get<T>(
		key: string,
		load: (key: string) => Promise<T | null | undefined>
	): Promise<Plain<T> | null> {
		const found = await this.getMany([key], async () => {
			const value = await load(key);
			return new Map(value === null || value === undefined ? [] : [[key, value]]);
		});
		return (found.get(key) as Plain<T> | undefined) ?? null;
	}

	/**
	 * The values that exist, by key. All that are missing are loaded by one call of `loadMany`;
	 * keys that it leaves out are kept as "there is none".
	 */
	async getMany<T>(
		keys: readonly string[],
		loadMany: (missing: string[]) => Promise<ReadonlyMap<string, T>>
	): Promise<Map<string, Plain<T>>> {
		for (const key of keys) checkKey(key);
		const own = new Map<string, Flight>();
		const waited = new Map<string, Promise<unknown>>();
		for (const key of new Set(keys)) {
			const flight = this.#flights.get(key);
			if (flight) waited.set(key, flight.landed.promise.then(structuredClone));
			else own.set(key, this.#takeOff(key));
		}
		if (own.size > 0) void this.#fly(own, loadMany);
		for (const [key, flight] of own) waited.set(key, flight.landed.promise);
		const found = new Map<string, Plain<T>>();
		await Promise.all(
			[...waited].map(async ([key, landing]) => {
				const value = await landing;
				if (value !== null) found.set(key, value as Plain<T>);
			})
		);
		return found;
	}

	/** Deletes in all tiers and nodes; throws UNAVAILABLE when Redis and the others were not told. */
	async delete(keys: readonly string[]): Promise<void> {
		this.overtake(keys);
		await this.#tiers.delete(this.name, keys);
	}

	/** Loads under way are not kept, and whoever asks from now on gets a new one. */
	overtake(keys: readonly string[]): void {
		for (const key of keys) {
			const flight = this.#flights.get(key);
			if (flight) flight.isOvertaken = true;
			this.#flights.delete(key);
		}
	}

	#takeOff(key: string): Flight {
		const flight: Flight = { landed: Promise.withResolvers<unknown>(), isOvertaken: false };
		this.#flights.set(key, flight);
		return flight;
	}

	/** Settles all flights; never throws. */
	async #fly<T>(
		flights: ReadonlyMap<string, Flight>,
		loadMany: (missing: string[]) => Promise<ReadonlyMap<string, T>>
	): Promise<void> {
		const missing = new Map<string, Flight>();
		try {
			await Promise.all(
				[...flights].map(async ([key, flight]) => {
					const entry = await this.#kept(key);
					if (entry) flight.landed.resolve(entry.value);
					else missing.set(key, flight);
				})
			);
			const misses = missing.size;
			this.#tiers.onRead?.(this.name, { hits: flights.size - misses, misses });
			if (misses === 0) return;
			const loaded = await loadMany([...missing.keys()]);
			await Promise.all(
				[...missing].map(([key, flight]) => {
					const value = toPlain(loaded.get(key));
					// In memory at once; nobody waits for Redis.
					const kept = this.#keep(key, value, flight);
					flight.landed.resolve(value);
					return kept;
				})
			);
		} catch (error) {
			for (const flight of missing.values()) flight.landed.reject(error);
		} finally {
			for (const [key, flight] of flights) {
				if (this.#flights.get(key) === flight) this.#flights.delete(key);
			}
		}
	}

	async #kept(key: string): Promise<Entry | undefined> {
		const entry = (await this.#tiers.get(this.name, key)) as Entry | undefined;
		return entry?.version === (this.options.version ?? 1) ? entry : undefined;
	}

	/** A delete that comes after the look at the flight finds the value in the tiers. */
	async #keep(key: string, value: unknown, flight: Flight): Promise<void> {
		if (flight.isOvertaken) return;
		const { ttlMs, nullTtlMs, jitter = jitterDefault, version = 1 } = this.options;
		const longest = value === null ? nullTtlMs : ttlMs;
		const entry: Entry = { version, value };
		const life = Math.max(1, Math.round(longest * (1 - jitter * Math.random())));
		await this.#tiers.set(this.name, key, { value: entry, ttlMs: life });
	}
}

function checkKey(key: string): void {
	if (key.length < 1 || key.length > limits.cacheKeyCharactersMax) {
		throw new RangeError(`"${key.slice(0, 40)}" is no key for the cache.`);
	}
}

const toPlain = (value: unknown): unknown =>
	value === undefined ? null : JSON.parse(JSON.stringify(value) ?? "null");
