/**
 * The key of a purchase, kept until its answer is known: also over a page that is loaded again, so
 * that whoever presses once more asks about the same purchase instead of making another.
 */
import { randomName } from "../chat/device.ts";

const storageKey = "recharge";

export interface Choice {
	readonly userId: string;
	readonly packageId: string;
	readonly provider: string;
}

interface Attempt extends Choice {
	readonly key: string;
}

export class Attempts {
	readonly #storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;

	constructor(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) {
		this.#storage = storage;
	}

	/** The key of the same choice that is not answered yet; else a new one. */
	keyOf({ userId, packageId, provider }: Choice): string {
		const kept = this.#kept();
		const isSame =
			kept?.userId === userId && kept.packageId === packageId && kept.provider === provider;
		if (kept && isSame) return kept.key;
		const attempt: Attempt = { userId, packageId, provider, key: randomName() };
		this.#storage.setItem(storageKey, JSON.stringify(attempt));
		return attempt.key;
	}

	/** The answer is there: pressing again means another purchase. */
	answered(key: string): void {
		if (this.#kept()?.key === key) this.#storage.removeItem(storageKey);
	}

	#kept(): Attempt | undefined {
		try {
			return JSON.parse(this.#storage.getItem(storageKey) ?? "null") ?? undefined;
		} catch {
			return undefined;
		}
	}
}
