/**
 * Who a token belongs to. The edge verifies signatures itself, with public keys that `auth` hands
 * out, and keeps the list of sessions that ended while their access tokens were still good. A poll
 * twice a second is the guarantee (hints may be lost), the hint makes it instant.
 */
import { limits } from "../../config/limits.ts";
import { type AccessClaims, AccessTokenKeys, verifyAccessToken } from "../../lib/access-token.ts";
import type { Caller, TypedCaller } from "../../lib/context.ts";
import { isError } from "../../lib/errors.ts";
import { identityErrors } from "./identities.errors.ts";

export interface Identity extends Caller {
	/** When the token ends, in milliseconds since 1970. */
	readonly expiresAt: number;
}

/** A session and why it is over: `banned`, `signed-out` … */
export interface EndedSession {
	readonly sessionId: string;
	readonly reason: string;
}

export class Identities {
	readonly #caller: TypedCaller;
	readonly #keys: AccessTokenKeys;
	/** Verified before: an Ed25519 check costs more than the rest of the edge together. */
	readonly #verified = new Map<string, AccessClaims>();
	/** Session id → when its last access token is over. */
	readonly #ended = new Map<string, number>();
	readonly #listeners = new Set<(ended: readonly EndedSession[]) => void>();
	#since = 0;

	constructor(caller: TypedCaller) {
		this.#caller = caller;
		this.#keys = new AccessTokenKeys(async () => (await caller.call("auth.keys")).items);
	}

	/** Throws INVALID_TOKEN, TOKEN_EXPIRED or SESSION_ENDED. */
	async identify(token: string): Promise<Identity> {
		const { userId, sessionId, expiresAt } = await this.#claimsOf(token);
		if (this.#ended.has(sessionId)) throw identityErrors.SESSION_ENDED();
		return { id: userId, sessionId, expiresAt };
	}

	async #claimsOf(token: string): Promise<AccessClaims> {
		const before = this.#verified.get(token);
		if (before && before.expiresAt > Date.now()) return before;
		this.#verified.delete(token);
		try {
			const claims = await verifyAccessToken(token, this.#keys);
			if (this.#verified.size >= limits.verifiedTokensMax) this.#verified.clear();
			this.#verified.set(token, claims);
			return claims;
		} catch (error) {
			if (!isError(error, "UNAUTHENTICATED")) throw error;
			const { reason } = (error as { data?: { reason?: string } }).data ?? {};
			throw reason === "expired" ? identityErrors.TOKEN_EXPIRED() : identityErrors.INVALID_TOKEN();
		}
	}

	/** Calls `listener` with the sessions of which this node has just learnt that they ended. */
	onEnded(listener: (ended: readonly EndedSession[]) => void): void {
		this.#listeners.add(listener);
	}

	/** What the hint told: the session is over from now on. */
	end({ sessionId, reason }: EndedSession): void {
		if (this.#ended.has(sessionId)) return;
		this.#remember(sessionId, Date.now() + limits.accessTokenSecondsMax * 1_000);
		this.#tell([{ sessionId, reason }]);
	}

	/** An ended session counts for as long as one of its access tokens could still be good. */
	#remember(sessionId: string, until: number): void {
		this.#ended.set(sessionId, until);
	}

	#tell(ended: readonly EndedSession[]): void {
		if (ended.length === 0) return;
		for (const listener of this.#listeners) listener(ended);
	}

	/** Fetches what ended lately, and tells the listeners what this node did not know of. */
	async refresh(): Promise<void> {
		const { items, until } = await this.#caller.call("auth.revocations", { since: this.#since });
		const fresh = items.filter(({ sessionId }) => !this.#ended.has(sessionId));
		for (const { sessionId, expiresAt } of items) this.#remember(sessionId, expiresAt);
		const now = Date.now();
		for (const [sessionId, over] of this.#ended) {
			if (over < now) this.#ended.delete(sessionId);
		}
		this.#since = until;
		this.#tell(fresh);
	}
}
