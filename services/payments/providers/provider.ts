/** What the platform asks of whoever takes the money. */

/** Something that a provider said, signed or when asked. */
export interface ProviderEvent {
	/** Unique at the provider for ever: the same event told again has the same id. */
	readonly id: string;
	/** `open` and `closed` are answers to `fetchStatus` only; `other` is of no concern to us. */
	readonly kind: "paid" | "failed" | "refunded" | "open" | "closed" | "other";
	/** The provider's own word for it. */
	readonly word: string;
	readonly intentId: string | null;
	readonly reference: string | null;
	readonly merchant: string | null;
	/** Minor units. */
	readonly amount: number | null;
	readonly currency: string | null;
}

export interface CheckoutOrder {
	/** Also the key under which the provider makes one checkout and no second one. */
	readonly intentId: string;
	/** Minor units. */
	readonly amount: number;
	readonly currency: string;
	readonly description: string;
	/** The page of the shop to which the payer comes back. */
	readonly returnUrl: string;
	readonly expiresAt: Date;
}

export interface Checkout {
	readonly reference: string;
	readonly url: string;
}

export interface RefundOrder {
	/** The key under which the provider pays back once. */
	readonly refundId: string;
	readonly reference: string;
	readonly amount: number;
	readonly currency: string;
}

export interface SignedCallback {
	/** As it came: the signature is over its UTF-8 bytes. */
	readonly body: string;
	readonly signature: string;
	readonly now: Date;
}

export interface PaymentProvider {
	readonly name: string;
	/** Our name at the provider: events for others are not ours. */
	readonly merchant: string;
	/** Asked again with the same intent, it answers the same. Throws PROVIDER_UNAVAILABLE. */
	createCheckout(order: CheckoutOrder): Promise<Checkout>;
	/** Throws CALLBACK_NOT_VALID for what is not signed, too old, or not readable. */
	verifyCallback(callback: SignedCallback): ProviderEvent;
	/** Undefined when the provider knows no such checkout. Throws PROVIDER_UNAVAILABLE. */
	fetchStatus(intentId: string): Promise<ProviderEvent | undefined>;
	/** Resolves when the money is on its way back. Throws PROVIDER_UNAVAILABLE. */
	refund(order: RefundOrder): Promise<void>;
}
