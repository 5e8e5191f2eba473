/** What somebody collects before they sign in, on this device only. Knows nothing of React. */
import { limits } from "../../../config/limits.ts";
import type { Money } from "../../../lib/money.ts";
import { Emitter } from "../chat/emitter.ts";

export const guestCartKey = "cart";

export interface GuestLine {
	readonly skuId: string;
	readonly productId: string;
	/** Where it was seen; its price there holds while that show is on. */
	readonly roomId?: string | undefined;
	readonly quantity: number;
	readonly selected: boolean;
	/** Of one unit, when it was put in. */
	readonly priceWhenAdded: Money;
}

export class GuestCart {
	readonly changes = new Emitter<void>();
	readonly #storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
	#lines: readonly GuestLine[];

	constructor(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) {
		this.#storage = storage;
		this.#lines = this.#read();
	}

	/** The newest first; the same array until something changes. */
	readonly lines = (): readonly GuestLine[] => this.#lines;

	/** Adds to what is there of the SKU. @returns false when the cart is full */
	add(line: GuestLine): boolean {
		const known = this.#lines.find(({ skuId }) => skuId === line.skuId);
		if (!known && this.#lines.length >= limits.cartLinesMax) return false;
		const quantity = Math.min((known?.quantity ?? 0) + line.quantity, limits.orderQuantityMax);
		const others = this.#lines.filter(({ skuId }) => skuId !== line.skuId);
		this.#become([{ ...line, quantity }, ...others]);
		return true;
	}

	change(skuId: string, change: Partial<Pick<GuestLine, "quantity" | "selected">>): void {
		this.#become(this.#lines.map((line) => (line.skuId === skuId ? { ...line, ...change } : line)));
	}

	remove(skuId: string): void {
		this.#become(this.#lines.filter((line) => line.skuId !== skuId));
	}

	/** Takes out what was brought to the platform; what was added since stays. */
	brought(lines: readonly GuestLine[]): void {
		this.#become(this.#lines.filter((line) => !lines.includes(line)));
	}

	/** Another tab has changed it. */
	storageChanged(): void {
		this.#lines = this.#read();
		this.changes.emit();
	}

	#become(lines: readonly GuestLine[]): void {
		this.#lines = lines;
		if (lines.length === 0) this.#storage.removeItem(guestCartKey);
		else this.#storage.setItem(guestCartKey, JSON.stringify(lines));
		this.changes.emit();
	}

	#read(): readonly GuestLine[] {
		try {
			const stored: unknown = JSON.parse(this.#storage.getItem(guestCartKey) ?? "[]");
			return Array.isArray(stored) ? stored.filter(isLine).slice(0, limits.cartLinesMax) : [];
		} catch {
			return [];
		}
	}
}

const idForm = /^[1-9][0-9]{0,15}$/;
const isId = (value: unknown): boolean => typeof value === "string" && idForm.test(value);

/** Older pages, and people, may have written something else. */
function isLine(value: unknown): value is GuestLine {
	const line = (value ?? {}) as Partial<GuestLine>;
	const { skuId, productId, roomId, quantity, priceWhenAdded } = line;
	return (
		isId(skuId) &&
		isId(productId) &&
		(roomId === undefined || isId(roomId)) &&
		Number.isInteger(quantity) &&
		(quantity as number) >= 1 &&
		(quantity as number) <= limits.orderQuantityMax &&
		typeof priceWhenAdded?.amount === "number" &&
		typeof priceWhenAdded.currency === "string"
	);
}
