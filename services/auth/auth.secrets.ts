import { deriveKey } from "../../lib/seal.ts";

/** The keys of this service, one per purpose, all from `MASTER_SECRET`. */
export interface AuthSecrets {
	/** Seals the private parts of the signing keys. */
	readonly signingKeys: Buffer;
	/** Computes the refresh token that follows another. */
	readonly refreshTokens: Buffer;
	/** Hashes codes, and the phones they belong to. */
	readonly codes: Buffer;
}

export const authSecrets = (master: string): AuthSecrets => ({
	signingKeys: deriveKey(master, "auth signing keys"),
	refreshTokens: deriveKey(master, "auth refresh tokens"),
	codes: deriveKey(master, "auth sign-in codes")
});
