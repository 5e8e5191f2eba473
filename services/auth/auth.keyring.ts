/**
 * The keys that sign access tokens: made here, kept sealed in the database, the same on all nodes.
 *
 * A new key is published a minute before it signs. By then every node has it, so no verifier ever
 * meets a token whose key it cannot know.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { limits } from "../../config/limits.ts";
import type { PublicJwk } from "../../lib/access-token.ts";
import { seal, unseal } from "../../lib/seal.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { findKeys, insertKey, type StoredKey } from "./auth.keys.model.ts";
import { publishedKeys, signingKey } from "./auth.rules.ts";

interface SigningKey extends StoredKey {
	readonly privateKey: KeyObject;
}

export class Keyring {
	readonly #db: Sql;
	readonly #sealingKey: Buffer;
	#keys: readonly SigningKey[] = [];
	#loadedAt = Number.NEGATIVE_INFINITY;
	#loading: Promise<void> | undefined;

	constructor(db: Sql, sealingKey: Buffer) {
		this.#db = db;
		this.#sealingKey = sealingKey;
	}

	/** The key to sign with at `now`. Makes the first one of the platform when there is none. */
	async current(now: Date): Promise<SigningKey> {
		await this.#fresh(now);
		const key = signingKey(this.#keys, now);
		if (!key) throw new Error("There is no signing key.");
		return key;
	}

	/** What verifies tokens at `now`, and soon. */
	async published(now: Date): Promise<PublicJwk[]> {
		await this.#fresh(now);
		return publishedKeys(this.#keys, now).map(({ kid, publicX }) => ({
			kid,
			kty: "OKP",
			crv: "Ed25519",
			x: publicX
		}));
	}

	/** Makes the next key. While one waits for its turn, that one is the answer. */
	async rotate(now: Date): Promise<StoredKey> {
		await this.#reload();
		const last = this.#keys.at(-1);
		if (last && last.activeFrom > now) return last;
		const activeFrom = new Date(now.getTime() + limits.signingKeyLeadSeconds * 1000);
		const next = this.#make((last?.number ?? 0) + 1, activeFrom);
		await insertKey(this.#db, next);
		await this.#reload();
		// Where another node was faster, its key is the next one.
		return this.#keys.find(({ number }) => number === next.number) ?? next;
	}

	/** An old list still signs while the database is away. */
	async #fresh(now: Date): Promise<void> {
		if (performance.now() - this.#loadedAt < limits.signingKeysAgeMillisecondsMax) return;
		try {
			await this.#reload();
		} catch (error) {
			if (this.#keys.length === 0) throw error;
		}
		if (this.#keys.length > 0) return;
		// Two nodes may start for the first time at once: the number lets one key in.
		await insertKey(this.#db, this.#make(1, now));
		await this.#reload();
	}

	/** Callers at once share one load. */
	#reload(): Promise<void> {
		this.#loading ??= findKeys(this.#db)
			.then((keys) => {
				this.#keys = keys.map((key) => ({ ...key, privateKey: this.#open(key) }));
				this.#loadedAt = performance.now();
			})
			.finally(() => {
				this.#loading = undefined;
			});
		return this.#loading;
	}

	#make(number: number, activeFrom: Date): StoredKey {
		const kid = randomBytes(9).toString("base64url");
		const { privateKey } = generateKeyPairSync("ed25519");
		const { x, d } = privateKey.export({ format: "jwk" }) as { x: string; d: string };
		const privateSealed = seal(this.#sealingKey, d, kid);
		return { number, kid, publicX: x, privateSealed, activeFrom };
	}

	#open({ kid, publicX, privateSealed }: StoredKey): KeyObject {
		let d: string;
		try {
			d = unseal(this.#sealingKey, privateSealed, kid);
		} catch (cause) {
			throw new Error(`MASTER_SECRET is not the one that sealed signing key ${kid}.`, { cause });
		}
		const key = { kty: "OKP", crv: "Ed25519", x: publicX, d };
		return createPrivateKey({ key, format: "jwk" });
	}
}
