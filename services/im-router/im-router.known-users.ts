/** Users who are known to exist, so that not every private message asks. */
import { limits } from "../../config/limits.ts";

export class KnownUsers {
	/** Until when, in the order of that. */
	readonly #known = new Map<string, number>();
	readonly #exists: (userId: string) => Promise<boolean>;
	readonly #now: () => number;

	constructor(exists: (userId: string) => Promise<boolean>, now = () => performance.now()) {
		this.#exists = exists;
		this.#now = now;
	}

	/** Only a yes is remembered: whoever is not there may sign up in a moment. */
	async has(userId: string): Promise<boolean> {
		if ((this.#known.get(userId) ?? 0) > this.#now()) return true;
		if (!(await this.#exists(userId))) return false;
		this.#known.delete(userId);
		const [oldest] = this.#known.keys();
		if (this.#known.size >= limits.knownUsersMax) this.#known.delete(oldest as string);
		this.#known.set(userId, this.#now() + limits.knownUserMilliseconds);
		return true;
	}
}
