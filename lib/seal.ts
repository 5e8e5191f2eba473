/**
 * Secrets at rest: AES-256-GCM around small values, and one key per purpose from a single secret.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** 32 bytes for one purpose. A key that leaks, or is misused, says nothing about the others. */
export const deriveKey = (secret: string, purpose: string): Buffer =>
	Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));

/**
 * nonce | tag | ciphertext. `context` is bound to the value without being stored in it: a sealed
 * value copied into another row does not open there.
 */
export function seal(key: Buffer, plain: string, context: string): Buffer {
	const nonce = randomBytes(nonceBytes);
	const encrypt = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes });
	encrypt.setAAD(Buffer.from(context));
	const body = Buffer.concat([encrypt.update(plain, "utf8"), encrypt.final()]);
	return Buffer.concat([nonce, encrypt.getAuthTag(), body]);
}

/** The reverse of `seal`. Throws when the key or the context differs, or a bit was changed. */
export function unseal(key: Buffer, sealed: Buffer, context: string): string {
	const nonce = sealed.subarray(0, nonceBytes);
	const decrypt = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
	decrypt.setAAD(Buffer.from(context));
	decrypt.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
	const body = sealed.subarray(nonceBytes + tagBytes);
	return Buffer.concat([decrypt.update(body), decrypt.final()]).toString("utf8");
}
