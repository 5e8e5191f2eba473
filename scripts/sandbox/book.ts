/** What the sandbox knows: checkouts and callbacks to be sent, in one JSON file. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface CheckoutWish {
	readonly intentId: string;
	readonly merchant: string;
	/** Minor units. */
	readonly amount: number;
	readonly currency: string;
	readonly description: string;
	readonly returnUrl: string;
	readonly expiresAt: string;
}

export type CheckoutStatus = "open" | "processing" | "paid" | "failed" | "refunded";

export interface Checkout extends CheckoutWish {
	readonly reference: string;
	readonly status: CheckoutStatus;
	/** What the payer was charged, which a switch can make another sum. */
	readonly charged: { readonly amount: number; readonly currency: string };
	/** Unix milliseconds at which `processing` becomes `paid`. */
	readonly settlesAt: number;
	/** What went back, by the key of each refund. */
	readonly refunds?: Readonly<Record<string, number>>;
}

/** A callback that was not yet taken. */
export interface Delivery {
	readonly id: string;
	readonly body: string;
	/** Signed with another secret. */
	readonly isForged: boolean;
	/** Unix milliseconds. */
	readonly dueAt: number;
	readonly attempts: number;
}

interface State {
	checkouts: Checkout[];
	deliveries: Delivery[];
}

/** Older ones are forgotten: this is a toy till, not an archive. */
const checkoutsMax = 1_000;

export const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString("hex")}`;

export class Book {
	readonly #file: string;
	readonly #checkouts = new Map<string, Checkout>();
	readonly #byIntent = new Map<string, string>();
	readonly #deliveries = new Map<string, Delivery>();

	constructor(file: string) {
		this.#file = file;
		mkdirSync(dirname(file), { recursive: true });
		if (!existsSync(file)) return;
		const { checkouts, deliveries } = JSON.parse(readFileSync(file, "utf8")) as State;
		for (const checkout of checkouts) this.#keep(checkout);
		for (const delivery of deliveries) this.#deliveries.set(delivery.id, delivery);
	}

	/** As it is at this moment: what was processing may have arrived. */
	find(reference: string): Checkout | undefined {
		const checkout = this.#checkouts.get(reference);
		if (checkout?.status !== "processing" || checkout.settlesAt > Date.now()) return checkout;
		return { ...checkout, status: "paid" };
	}

	findByIntent(merchant: string, intentId: string): Checkout | undefined {
		const reference = this.#byIntent.get(`${merchant}:${intentId}`);
		return reference === undefined ? undefined : this.find(reference);
	}

	get deliveries(): readonly Delivery[] {
		return [...this.#deliveries.values()];
	}

	/** Back when it is in the file. */
	write(change: { checkout?: Checkout; deliveries?: readonly Delivery[] }): void {
		if (change.checkout) this.#keep(change.checkout);
		for (const delivery of change.deliveries ?? []) this.#deliveries.set(delivery.id, delivery);
		this.#save();
	}

	taken(id: string): void {
		this.#deliveries.delete(id);
		this.#save();
	}

	#keep(checkout: Checkout): void {
		this.#checkouts.set(checkout.reference, checkout);
		this.#byIntent.set(`${checkout.merchant}:${checkout.intentId}`, checkout.reference);
		if (this.#checkouts.size <= checkoutsMax) return;
		const [oldest] = this.#checkouts.values();
		if (!oldest) return;
		this.#checkouts.delete(oldest.reference);
		this.#byIntent.delete(`${oldest.merchant}:${oldest.intentId}`);
	}

	#save(): void {
		const state: State = {
			checkouts: [...this.#checkouts.values()],
			deliveries: [...this.#deliveries.values()]
		};
		const fresh = `${this.#file}.new`;
		writeFileSync(fresh, JSON.stringify(state));
		renameSync(fresh, this.#file);
	}
}
