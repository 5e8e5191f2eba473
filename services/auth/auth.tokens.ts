/** Makes access tokens and refresh tokens. Verifying them is `middlewares/access-token.ts`. */
import { createHash, createHmac, type KeyObject, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { limits } from "../../config/limits.ts";
import { accessTokenForm } from "../../lib/access-token.ts";

export interface AccessTokenClaims {
	readonly userId: string;
	readonly sessionId: string;
	readonly now: Date;
}

export function issueAccessToken(
	{ userId, sessionId, now }: AccessTokenClaims,
	key: { readonly kid: string; readonly privateKey: KeyObject }
): Promise<string> {
	const issuedAt = Math.floor(now.getTime() / 1000);
	return new SignJWT({ sid: sessionId })
		.setProtectedHeader({
			alg: accessTokenForm.algorithm,
			kid: key.kid,
			typ: accessTokenForm.type
		})
		.setIssuer(accessTokenForm.issuer)
		.setAudience(accessTokenForm.audience)
		.setSubject(userId)
		.setIssuedAt(issuedAt)
		.setExpirationTime(issuedAt + limits.accessTokenSecondsMax)
		.sign(key.privateKey);
}

/** 256 random bits. */
export const newRefreshToken = (): string => randomBytes(32).toString("base64url");

/** What is stored. The token is random, so a plain hash cannot be guessed back. */
export const refreshTokenHash = (token: string): Buffer =>
	createHash("sha256").update(token).digest();

/**
 * The token that follows. It is computed and not drawn, so that a lost answer can be given again
 * by any node although only hashes are stored. Without the key nobody can compute it.
 */
export const refreshTokenAfter = (token: string, key: Buffer): string =>
	createHmac("sha256", key).update(token).digest("base64url");
