/**
 * Values read a moment ago: asked for thousands of times a second, each is read once and kept for
 * a short while. For what may be a little old; `forget` makes it new at once.
 */
export interface RecentOptions {
	readonly keptMs: number;
	/** Beyond so many the oldest goes. */
	readonly entriesMax: number;
}

interface Entry<T> {
	readonly readAt: number;
	readonly value: Promise<T>;
}

export class Recent<T> {
	readonly #read: (key: string) => Promise<T>;
	readonly #options: RecentOptions;
	/** In the order of reading, so that the oldest is the first. */
	readonly #entries = new Map<string, Entry<T>>();

	/** What `read` throws is handed on and not kept. */
	constructor(read: (key: string) => Promise<T>, options: RecentOptions) {
		this.#read = read;
		this.#options = options;
	}

	get(key: string): Promise<T> {
		const known = this.#entries.get(key);
		const now = performance.now();
		if (known && now - known.readAt < this.#options.keptMs) return known.value;
		this.forget(key);
		const entry: Entry<T> = { readAt: now, value: this.#read(key) };
		this.#entries.set(key, entry);
		entry.value.catch(() => {
			if (this.#entries.get(key) === entry) this.forget(key);
		});
		const [oldest] = this.#entries.size > this.#options.entriesMax ? this.#entries.keys() : [];
		if (oldest !== undefined) this.forget(oldest);
		return entry.value;
	}

	/** A read under way is handed to those who wait for it, and to nobody after them. */
	forget(key: string): void {
		this.#entries.delete(key);
	}
}
