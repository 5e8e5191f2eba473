/**
 * How often an action may be called from outside, by the word `rateLimit` of its contract, and a
 * counter of attempts for what services themselves must bound (passwords, text messages).
 *
 * A call is counted where the action runs and only when it comes straight from a gateway, so that
 * a request counts once however many services it passes. Nodes share the counts through Redis;
 * while Redis is away each node counts for itself.
 */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Redis } from "ioredis";
import type { Middleware, ServiceBroker } from "moleculer";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { envOf } from "../config/env.ts";
import { commonErrors } from "../lib/errors.ts";
import { type PolicyContext, policy } from "../lib/policy.ts";
import { joinRedis, leaveRedis } from "../mixins/redis.ts";

/** Services through which clients come in. */
const gateways: ReadonlySet<string> = new Set(["gateway", "im-gateway"]);

/** Points per key in a window that opens with the first of them. */
interface Window {
	readonly name: string;
	readonly points: number;
	readonly seconds: number;
}

type Limiter = RateLimiterMemory | RateLimiterRedis;

function limiterOf(client: Redis | undefined, window: Window, blocksInMemory: boolean): Limiter {
	const { name: keyPrefix, points, seconds: duration } = window;
	const memory = new RateLimiterMemory({ keyPrefix, points, duration });
	if (!client) return memory;
	return new RateLimiterRedis({
		storeClient: client,
		keyPrefix,
		points,
		duration,
		rejectIfRedisNotReady: true,
		insuranceLimiter: memory,
		// Who is over the limit costs no round trip until the window ends.
		...(blocksInMemory ? { inMemoryBlockOnConsumed: points + 1 } : {})
	});
}

/** Refuses with RATE_LIMITED and `retryAfterMs`. Off when RATE_LIMITS=off. */
export function rateLimit(): Middleware {
	let broker: ServiceBroker;
	let client: Redis | undefined;
	let isJoined = false;
	return policy({
		name: "RateLimit",
		created(owner) {
			broker = owner;
		},
		localAction(next, action) {
			const rule = action.rateLimit;
			if (!rule || !envOf(broker).rateLimits) return next;
			if (!isJoined) client = joinRedis(broker);
			isJoined = true;
			const window = { name: `rate:${action.name}`, points: rule.count, seconds: rule.seconds };
			const limiter = limiterOf(client, window, true);
			return async function checkRate(ctx) {
				if (comesFromOutside(ctx)) await take(limiter, clientKey(ctx, rule.by));
				return next(ctx);
			};
		},
		async stopped(owner) {
			if (isJoined) await leaveRedis(owner);
		}
	});
}

/** A gateway's own action is the first hop, so what it calls is the second. */
const comesFromOutside = ({ meta, level, caller }: PolicyContext): boolean =>
	meta.clientAddress !== undefined && (level === 1 || gateways.has(caller ?? ""));

function clientKey({ meta }: PolicyContext, by: "address" | "user"): string {
	if (by === "user" && meta.user) return `user:${meta.user.id}`;
	return `address:${networkOf(meta.clientAddress ?? "")}`;
}

async function take(limiter: Limiter, key: string): Promise<void> {
	try {
		await limiter.consume(key);
	} catch (refusal) {
		if (!(refusal instanceof RateLimiterRes)) throw refusal;
		throw commonErrors.RATE_LIMITED({ retryAfterMs: waitOf(refusal) });
	}
}

const waitOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext));

/** Whoever has one IPv6 address has the 2^64 of its network, so they count as one client. */
export function networkOf(address: string): string {
	const [bare = ""] = address.split("%");
	if (!isIPv6(bare)) return address;
	// The parser of URLs writes all forms of an address in one way.
	const [head = "", tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split("::");
	const groups = head === "" ? [] : head.split(":");
	const behind = tail ? tail.split(":") : [];
	const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
	const all = [...groups, ...Array<string>(zeros).fill("0"), ...behind];
	if (all.slice(0, 6).join(":") === "0:0:0:0:0:ffff") return dotted(all.slice(6));
	return `${all.slice(0, 4).join(":")}::/64`;
}

const dotted = (groups: readonly string[]): string =>
	groups
		.map((group) => Number.parseInt(group, 16))
		.flatMap((word) => [word >> 8, word & 255])
		.join(".");

export interface Attempts {
	/** Whether this attempt was within the allowed number. */
	readonly isAllowed: boolean;
	/** Points that may still be taken in this window. */
	readonly left: number;
	/** Until the window ends; 0 when none is open. */
	readonly retryAfterMs: number;
}

export interface AttemptCounter {
	/** Takes points and says whether that was allowed; never throws for being over the limit. */
	consume(key: string, points?: number): Promise<Attempts>;
	/** What a `consume` of one point would meet, without taking it. */
	get(key: string): Promise<Attempts>;
	/** Forgets the key, e.g. after the right password. */
	reset(key: string): Promise<void>;
}

/**
 * Counts attempts that must be bounded for the sake of security or money. Always on, also with
 * RATE_LIMITS=off. `client` is `this.redis` of a service with the `redis()` mixin.
 */
export function attemptCounter(client: Redis | undefined, window: Window): AttemptCounter {
	const limiter = limiterOf(client, { ...window, name: `attempts:${window.name}` }, false);
	// Keys are phones and names of people: those do not lie open in Redis.
	const keyOf = (key: string) => createHash("sha256").update(key).digest("base64url");
	const attempts = (state: RateLimiterRes, isAllowed: boolean): Attempts => ({
		isAllowed,
		left: Math.max(0, window.points - state.consumedPoints),
		retryAfterMs: waitOf(state)
	});
	return {
		async consume(key, points = 1) {
			try {
				return attempts(await limiter.consume(keyOf(key), points), true);
			} catch (refusal) {
				if (!(refusal instanceof RateLimiterRes)) throw refusal;
				return attempts(refusal, false);
			}
		},
		async get(key) {
			const state = await limiter.get(keyOf(key));
			if (!state || state.msBeforeNext <= 0) {
				return { isAllowed: true, left: window.points, retryAfterMs: 0 };
			}
			return attempts(state, state.consumedPoints < window.points);
		},
		async reset(key) {
			await limiter.delete(keyOf(key));
		}
	};
}
