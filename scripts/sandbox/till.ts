/** What the sandbox does when somebody pays, fails or is paid back. */
import { type Book, type Checkout, type CheckoutWish, type Delivery, newId } from "./book.ts";
import type { Switch } from "./switches.ts";

export interface Choice {
	readonly switches: ReadonlySet<Switch>;
	/** How long late money takes; beyond the time to pay unless told. */
	readonly lateSeconds?: number;
}

export class Till {
	readonly #book: Book;

	constructor(book: Book) {
		this.#book = book;
	}

	/** One checkout per intent: asked again it is the same, whatever else is asked for. */
	open(wish: CheckoutWish): Checkout {
		const known = this.#book.findByIntent(wish.merchant, wish.intentId);
		if (known) return known;
		const { amount, currency } = wish;
		const checkout: Checkout = {
			...wish,
			...{ reference: newId("cs"), status: "open", settlesAt: 0, charged: { amount, currency } }
		};
		this.#book.write({ checkout });
		return checkout;
	}

	/** What has been decided stays; undefined for one that cannot be paid any more. */
	pay(checkout: Checkout, choice: Choice): Checkout | undefined {
		if (checkout.status === "paid" || checkout.status === "processing") return checkout;
		if (!isPayable(checkout)) return undefined;
		const { switches } = choice;
		const now = Date.now();
		const settlesAt = switches.has("late") ? lateAt(checkout, { choice, now }) : now;
		const { amount, currency } = checkout;
		const paid: Checkout = {
			...checkout,
			...{ status: "processing", settlesAt },
			charged: {
				amount: switches.has("wrong-amount") ? amount + 1 : amount,
				currency: switches.has("wrong-currency") ? otherThan(currency) : currency
			}
		};
		const events = [eventOf("payment.succeeded", paid)];
		// Made before and sent after: what an earlier attempt came to.
		if (switches.has("out-of-order")) events.push(eventOf("payment.failed", paid));
		this.#book.write({ checkout: paid, deliveries: deliveriesOf(events, switches, settlesAt) });
		return this.#book.find(checkout.reference);
	}

	fail(checkout: Checkout, { switches }: Choice): Checkout | undefined {
		if (checkout.status === "failed") return checkout;
		if (!isPayable(checkout)) return undefined;
		const failed: Checkout = { ...checkout, status: "failed" };
		const deliveries = deliveriesOf([eventOf("payment.failed", failed)], switches, Date.now());
		this.#book.write({ checkout: failed, deliveries });
		return failed;
	}

	/**
	 * Parts of what was charged, once per id; told again under the same id it is done already.
	 * Undefined for more than is left. What is left of a part stays paid.
	 */
	refund(checkout: Checkout, refundId: string, amount: number): Checkout | undefined {
		const refunds = checkout.refunds ?? {};
		if (Object.hasOwn(refunds, refundId)) {
			return refunds[refundId] === amount ? checkout : undefined;
		}
		const left = leftOf(checkout);
		if (checkout.status !== "paid" || amount > left) return undefined;
		const isWhole = amount === left;
		const refunded: Checkout = {
			...checkout,
			status: isWhole ? "refunded" : "paid",
			refunds: { ...refunds, [refundId]: amount }
		};
		const type = isWhole ? "payment.refunded" : "payment.partially-refunded";
		const deliveries = deliveriesOf([eventOf(type, refunded)], new Set(), Date.now());
		this.#book.write({ checkout: refunded, deliveries });
		return refunded;
	}
}

/** What has not gone back yet, in minor units. */
const leftOf = ({ charged, refunds = {} }: Checkout): number =>
	Object.values(refunds).reduce((left, amount) => left - amount, charged.amount);

/** As it travels in callbacks and answers. */
export const paymentOf = ({ reference, intentId, merchant, charged }: Checkout) => ({
	...{ reference, intentId, merchant },
	...charged
});

export const isOver = ({ expiresAt }: Checkout): boolean => Date.now() > Date.parse(expiresAt);

const isPayable = (checkout: Checkout): boolean => checkout.status === "open" && !isOver(checkout);

const afterTheEndMs = 5_000;

const lateAt = (
	{ expiresAt }: Checkout,
	{ choice, now }: { choice: Choice; now: number }
): number =>
	choice.lateSeconds === undefined
		? Date.parse(expiresAt) + afterTheEndMs
		: now + choice.lateSeconds * 1_000;

const otherThan = (currency: string): string => (currency === "KRW" ? "USD" : "KRW");

const eventOf = (type: string, checkout: Checkout) => ({
	...{ id: newId("ev"), type, createdAt: new Date().toISOString() },
	payment: paymentOf(checkout)
});

function deliveriesOf(
	events: readonly ReturnType<typeof eventOf>[],
	switches: ReadonlySet<Switch>,
	dueAt: number
): Delivery[] {
	if (switches.has("no-callback")) return [];
	const isForged = switches.has("wrong-signature");
	const [first] = events;
	const again = first && [first, { ...first, id: newId("ev") }];
	const all = switches.has("duplicate") && again ? [...events, ...again] : events;
	return all.map((event, index) => ({
		...{ id: newId("dl"), body: JSON.stringify(event), isForged, attempts: 0 },
		// Of the same payment two come at once; another event a moment later.
		dueAt: event.id === first?.id ? dueAt : dueAt + 200 * index
	}));
}
