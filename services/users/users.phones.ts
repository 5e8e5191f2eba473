/**
 * A phone number is never stored in the clear. It is found by a keyed hash (equal for equal
 * numbers, useless without the key) and read back from an authenticated ciphertext that says
 * which key made it, so that keys can be replaced while the platform runs.
 */
import { createHmac } from "node:crypto";
import { seal, unseal } from "../../lib/seal.ts";

export interface SealedPhone {
	readonly keyId: string;
	readonly sealed: Buffer;
}

export class PhoneVault {
	readonly #indexKey: Buffer;
	readonly #keys: ReadonlyMap<string, Buffer>;
	/** The key that new ciphertexts get. */
	readonly keyId: string;

	/** `phoneKeys` is `id:hex,id:hex`: the first key seals, all of them open. */
	constructor(secrets: { readonly phoneIndexKey: string; readonly phoneKeys: string }) {
		this.#indexKey = Buffer.from(secrets.phoneIndexKey, "hex");
		const pairs = secrets.phoneKeys.split(",").map((pair) => pair.split(":") as [string, string]);
		this.#keys = new Map(pairs.map(([id, hex]) => [id, Buffer.from(hex, "hex")]));
		this.keyId = (pairs[0] as [string, string])[0];
	}

	/** 32 bytes by which the number is looked up. */
	index(phone: string): Buffer {
		return createHmac("sha256", this.#indexKey).update(phone).digest();
	}

	seal(phone: string, userId: string): SealedPhone {
		return { keyId: this.keyId, sealed: seal(this.#key(this.keyId), phone, userId) };
	}

	/** Throws when the key is not in `PHONE_KEYS`, or the ciphertext is of another user. */
	open(phone: SealedPhone, userId: string): string {
		return unseal(this.#key(phone.keyId), phone.sealed, userId);
	}

	#key(id: string): Buffer {
		const key = this.#keys.get(id);
		if (!key) throw new Error(`PHONE_KEYS has no key "${id}", by which phones are stored.`);
		return key;
	}
}
