/**
 * Stream keys: `<room>?k=<key id>&e=<expiry>&s=<HMAC>`, the way encoders carry a key in the name of
 * the stream. The HMAC shows a forged key before the database is asked; the hash that is stored
 * with the room shows which key is the last one, and opens nothing to who reads it.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { limits } from "../../config/limits.ts";
import { deriveKey } from "../../lib/seal.ts";
import type { StoredKey } from "./rooms.model.ts";

export interface ParsedKey {
	readonly roomId: string;
	readonly keyId: string;
	readonly expiresAtSeconds: number;
	readonly signature: Buffer;
}

const shape = /^([1-9][0-9]{0,15})\?k=([a-z0-9]{16})&e=([1-9][0-9]{9})&s=([a-f0-9]{64})$/;

/** Undefined unless the text has exactly the one form that keys have. */
export function parseKey(text: string): ParsedKey | undefined {
	const [, roomId, keyId, expiry, hex] = shape.exec(text) ?? [];
	if (!roomId || !keyId || !expiry || !hex) return undefined;
	const signature = Buffer.from(hex, "hex");
	return { roomId, keyId, expiresAtSeconds: Number(expiry), signature };
}

export class StreamKeys {
	readonly #key: Buffer;

	constructor(masterSecret: string) {
		this.#key = deriveKey(masterSecret, "rooms stream keys");
	}

	/** A new key for a room: the text goes to the host and is kept nowhere. */
	issue(roomId: string, now: Date): { text: string; stored: StoredKey } {
		const keyId = randomBytes(8).toString("hex");
		const expiresAtSeconds = Math.floor(now.getTime() / 1000) + limits.streamKeySecondsMax;
		const signature = this.#sign({ roomId, keyId, expiresAtSeconds });
		const text = `${roomId}?k=${keyId}&e=${expiresAtSeconds}&s=${signature.toString("hex")}`;
		const expiresAt = new Date(expiresAtSeconds * 1000);
		return { text, stored: { keyId, hash: hashOf(signature), expiresAt } };
	}

	/** The parts of a key that we issued and that is not over; the room may have another by now. */
	check(text: string, now: Date): ParsedKey | undefined {
		const parsed = parseKey(text);
		if (!parsed || !timingSafeEqual(this.#sign(parsed), parsed.signature)) return undefined;
		return parsed.expiresAtSeconds * 1000 > now.getTime() ? parsed : undefined;
	}

	#sign({ roomId, keyId, expiresAtSeconds }: Omit<ParsedKey, "signature">): Buffer {
		return createHmac("sha256", this.#key)
			.update(`${roomId}\n${keyId}\n${expiresAtSeconds}`)
			.digest();
	}
}

const hashOf = (signature: Buffer): Buffer => createHash("sha256").update(signature).digest();

/** Whether a checked key is the one that the room has now. */
export const isCurrentKey = (parsed: ParsedKey, stored: StoredKey | undefined): boolean =>
	stored !== undefined &&
	parsed.keyId === stored.keyId &&
	timingSafeEqual(hashOf(parsed.signature), stored.hash);
