/**
 * Who has just written reads from the primary for a few seconds, on every node: the replica may
 * not have what they wrote yet. Everybody else reads from the replica.
 */
import type { Redis } from "ioredis";
import { limits } from "../../config/limits.ts";
import type { Sql } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

export interface ReadYourWrites {
	/** Call after the commit, before the answer leaves. Never throws. */
	pin(userId: string): Promise<void>;
	/** Where this user reads now. Never throws: when in doubt it is the primary. */
	readerFor(userId: string): Promise<Queryable>;
}

export interface ReadYourWritesOptions {
	readonly sql: Sql;
	/** Shares the pins between nodes; without it there is one node. */
	readonly redis: Redis | undefined;
	/** Milliseconds; for tests. */
	readonly now?: () => number;
}

const key = (userId: string): string => `sql:pin:${userId}`;

export function readYourWrites(options: ReadYourWritesOptions): ReadYourWrites {
	const { sql, redis, now = () => performance.now() } = options;
	const pins = new Pins(now);
	/** Until then this node does not trust the absence of a pin: it may be one that got lost. */
	let blindUntil = 0;
	const blind = () => {
		blindUntil = now() + limits.readYourWritesSeconds * 1000;
	};
	// Without a replica there is nothing to choose.
	if (sql.replica === sql) return { pin: async () => undefined, readerFor: async () => sql };
	return {
		async pin(userId) {
			pins.add(userId);
			try {
				await redis?.set(key(userId), "1", "EX", limits.readYourWritesSeconds);
			} catch {
				blind();
			}
		},
		async readerFor(userId) {
			if (pins.has(userId) || now() < blindUntil) return sql;
			if (!redis) return sql.replica;
			try {
				return (await redis.exists(key(userId))) === 1 ? sql : sql.replica;
			} catch {
				blind();
				return sql;
			}
		}
	};
}

/** The pins set on this node, oldest first; bounded. */
class Pins {
	readonly #until = new Map<string, number>();
	readonly #now: () => number;

	constructor(now: () => number) {
		this.#now = now;
	}

	add(userId: string): void {
		this.#until.delete(userId);
		this.#until.set(userId, this.#now() + limits.readYourWritesSeconds * 1000);
		for (const [oldest, until] of this.#until) {
			if (until > this.#now() && this.#until.size <= limits.readYourWritesUsersMax) break;
			this.#until.delete(oldest);
		}
	}

	has(userId: string): boolean {
		const until = this.#until.get(userId);
		return until !== undefined && until > this.#now();
	}
}
