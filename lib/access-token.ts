/**
 * Verifies access tokens: the gateway's side of what `services/auth` issues.
 *
 * What a token may be is pinned here and never taken from the token itself: one algorithm, one
 * issuer, one audience, one type. A token names its key by `kid`, and only keys that the auth
 * service publishes are looked at.
 */
import { createPublicKey, type KeyObject } from "node:crypto";
import { errors, jwtVerify } from "jose";
import { limits } from "../config/limits.ts";
import { commonErrors } from "./errors.ts";

/** The pinned words; `services/auth/auth.tokens.ts` signs with the same. */
export const accessTokenForm = {
	algorithm: "EdDSA",
	issuer: "live-commerce",
	audience: "api",
	/** RFC 9068: a token made for another use, even if signed by us, is not an access token. */
	type: "at+jwt"
} as const;

/** A public Ed25519 key as a JSON Web Key. */
export interface PublicJwk {
	readonly kid: string;
	readonly kty: "OKP";
	readonly crv: "Ed25519";
	readonly x: string;
}

export interface AccessClaims {
	readonly userId: string;
	readonly sessionId: string;
	/** Milliseconds since 1970. */
	readonly expiresAt: number;
}

const id = /^[1-9][0-9]{0,15}$/;
/** Strict, because decoders of base64 skip what they do not know: one token has one spelling. */
const threeParts = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Who the token speaks for. Throws `UNAUTHENTICATED` with `reason` `expired` or `invalid`.
 * That the session still lives is not in the token: the caller asks its list of revocations.
 */
export async function verifyAccessToken(
	token: string,
	keys: Pick<AccessTokenKeys, "find">,
	now: Date = new Date()
): Promise<AccessClaims> {
	if (token.length > limits.accessTokenCharactersMax || !threeParts.test(token)) {
		throw refused("invalid");
	}
	try {
		const { payload } = await jwtVerify(
			token,
			async ({ kid }) => {
				const key = typeof kid === "string" ? await keys.find(kid) : undefined;
				if (!key) throw new errors.JWKSNoMatchingKey();
				return key;
			},
			{
				algorithms: [accessTokenForm.algorithm],
				issuer: accessTokenForm.issuer,
				audience: accessTokenForm.audience,
				typ: accessTokenForm.type,
				requiredClaims: ["sub", "sid", "iat", "exp"],
				clockTolerance: limits.clockSkewSecondsMax,
				currentDate: now
			}
		);
		const { sub, sid, exp } = payload;
		if (!sub || !id.test(sub) || typeof sid !== "string" || !id.test(sid)) {
			throw refused("invalid");
		}
		return { userId: sub, sessionId: sid, expiresAt: (exp as number) * 1000 };
	} catch (error) {
		if (error instanceof errors.JWTExpired) throw refused("expired");
		if (error instanceof errors.JOSEError) throw refused("invalid");
		throw error;
	}
}

const refused = (reason: "expired" | "invalid") => commonErrors.UNAUTHENTICATED({ reason });

/**
 * The published keys by `kid`, loaded when first needed. A new key is published a minute before
 * its first use, so the age limit alone brings it in; an unknown `kid` asks again at once, but at
 * most once a second, or forged tokens would become a flood of calls.
 */
export class AccessTokenKeys {
	readonly #load: () => Promise<readonly PublicJwk[]>;
	readonly #now: () => number;
	#keys = new Map<string, KeyObject>();
	#loadedAt = Number.NEGATIVE_INFINITY;
	#loading: Promise<void> | undefined;

	/** `load` is a call of `auth.keys`; `now` gives milliseconds of any steady clock. */
	constructor(
		load: () => Promise<readonly PublicJwk[]>,
		now: () => number = () => performance.now()
	) {
		this.#load = load;
		this.#now = now;
	}

	/** The key, or undefined when nobody published it. Throws what `load` throws on first use. */
	async find(kid: string): Promise<KeyObject | undefined> {
		const age = this.#now() - this.#loadedAt;
		const known = this.#keys.get(kid);
		if (known && age < limits.accessTokenKeysAgeMillisecondsMax) return known;
		if (known) {
			// An old list still serves while the auth service is away.
			await this.#reload().catch(() => {});
		} else if (age >= limits.accessTokenKeysReloadMillisecondsMin) {
			await this.#reload();
		} else {
			await this.#loading;
		}
		return this.#keys.get(kid);
	}

	/** Callers at once share one load. */
	#reload(): Promise<void> {
		this.#loading ??= this.#load()
			.then((jwks) => {
				this.#keys = new Map(
					jwks.map(({ kid, ...key }) => [kid, createPublicKey({ key, format: "jwk" })])
				);
				this.#loadedAt = this.#now();
			})
			.finally(() => {
				this.#loading = undefined;
			});
		return this.#loading;
	}
}
