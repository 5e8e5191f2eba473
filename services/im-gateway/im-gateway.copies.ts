/**
 * Copies of what other services know, so that a line of chat costs no call: short-lived, dropped by
 * a hint, and for a while better than nothing when their owner is away.
 */
export interface CopiesOptions<V> {
	/** Undefined: there is no such thing. */
	readonly load: (key: string) => Promise<V | undefined>;
	readonly freshMilliseconds: number;
	/** How old a copy may be that stands in for an owner who cannot be asked. */
	readonly staleMillisecondsMax: number;
	readonly itemsMax: number;
	readonly now: () => number;
}

interface Copy<V> {
	readonly value: V | undefined;
	readonly at: number;
	isForgotten: boolean;
}

export class Copies<V> {
	readonly #options: CopiesOptions<V>;
	readonly #copies = new Map<string, Copy<V>>();
	readonly #loading = new Map<string, Promise<V | undefined>>();

	constructor(options: CopiesOptions<V>) {
		this.#options = options;
	}

	/** The value, or undefined where there is none. Throws what the owner throws. */
	get(key: string): Promise<V | undefined> {
		const copy = this.#copies.get(key);
		const isFresh = copy && !copy.isForgotten && this.#age(copy) < this.#options.freshMilliseconds;
		if (isFresh) return Promise.resolve(copy.value);
		const loading = this.#loading.get(key) ?? this.#load(key);
		return loading;
	}

	/** The owner says that it is different now. */
	forget(key: string): void {
		const copy = this.#copies.get(key);
		if (copy) copy.isForgotten = true;
		// What is on its way may be from before the change.
		this.#loading.delete(key);
	}

	#age(copy: Copy<V>): number {
		return this.#options.now() - copy.at;
	}

	#load(key: string): Promise<V | undefined> {
		const at = this.#options.now();
		const loading = this.#options
			.load(key)
			.then((value) => {
				if (this.#loading.get(key) === loading) this.#keep(key, { value, at, isForgotten: false });
				return value;
			})
			.catch((error) => {
				const copy = this.#copies.get(key);
				if (copy && this.#age(copy) < this.#options.staleMillisecondsMax) return copy.value;
				throw error;
			})
			.finally(() => {
				if (this.#loading.get(key) === loading) this.#loading.delete(key);
			});
		this.#loading.set(key, loading);
		return loading;
	}

	#keep(key: string, copy: Copy<V>): void {
		this.#copies.delete(key);
		this.#copies.set(key, copy);
		const [oldest] = this.#copies.keys();
		if (this.#copies.size > this.#options.itemsMax && oldest) this.#copies.delete(oldest);
	}
}
