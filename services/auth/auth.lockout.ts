/**
 * Stops the guessing of passwords; sign-in codes have their own count, in SQL. Three counts of
 * failures, since each alone can be turned round: one name from one address is locked soon,
 * without locking out its owner elsewhere; one name from everywhere, and one address at all names,
 * are locked later.
 *
 * Failures are counted after the fact, so that a hundred right passwords at once all pass. Those
 * under way when the limit is reached still run: at most `limits.signInsAtOnceMax` on each node.
 */
import type { Redis } from "ioredis";
import { limits } from "../../config/limits.ts";
import { type AttemptCounter, attemptCounter, networkOf } from "../../middlewares/rate-limit.ts";
import { authErrors } from "./auth.errors.ts";

export interface Guesser {
	/** In the form by which names are compared. */
	readonly name: string;
	/** Absent for calls that did not come from outside. */
	readonly address: string | undefined;
}

export class Lockout {
	readonly #pairs: AttemptCounter;
	readonly #names: AttemptCounter;
	readonly #addresses: AttemptCounter;

	/** `client` shares the counts between nodes. */
	constructor(client: Redis | undefined) {
		const counter = (name: string, points: number) =>
			attemptCounter(client, { name, points, seconds: limits.failuresWindowSeconds });
		this.#pairs = counter("sign-in-pair", limits.failuresPerNameAndAddressMax);
		this.#names = counter("sign-in-name", limits.failuresPerNameMax);
		this.#addresses = counter("sign-in-address", limits.failuresPerAddressMax);
	}

	/** Throws `LOCKED_OUT` with `retryAfterMs`, whether or not the name exists. */
	async admit(guesser: Guesser): Promise<void> {
		const states = await Promise.all(
			this.#countersOf(guesser).map(([counter, key]) => counter.get(key))
		);
		const locked = states.filter(({ isAllowed }) => !isAllowed);
		if (locked.length === 0) return;
		const retryAfterMs = Math.max(...locked.map((state) => state.retryAfterMs));
		throw authErrors.LOCKED_OUT({ retryAfterMs });
	}

	async countFailure(guesser: Guesser): Promise<void> {
		await Promise.all(this.#countersOf(guesser).map(([counter, key]) => counter.consume(key)));
	}

	/** The right password: only the pair is forgiven, or an own account would wash an address. */
	async forgive({ name, address }: Guesser): Promise<void> {
		await this.#pairs.reset(pairKey(name, address));
	}

	#countersOf({ name, address }: Guesser): [AttemptCounter, key: string][] {
		const counters: [AttemptCounter, string][] = [
			[this.#names, name],
			[this.#pairs, pairKey(name, address)]
		];
		if (address !== undefined) counters.push([this.#addresses, networkOf(address)]);
		return counters;
	}
}

const pairKey = (name: string, address: string | undefined): string =>
	`${networkOf(address ?? "")} ${name}`;
