/** Those who want to hear of something. */
export class Emitter<T> {
	readonly #listeners = new Set<(value: T) => void>();

	/** Returns what ends it. */
	readonly on = (listener: (value: T) => void): (() => void) => {
		this.#listeners.add(listener);
		return () => void this.#listeners.delete(listener);
	};

	readonly emit = (value: T): void => {
		for (const listener of this.#listeners) listener(value);
	};
}
