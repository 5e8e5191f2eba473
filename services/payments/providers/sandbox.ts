/** Play money: the provider of `scripts/sandbox.ts`, over HTTP, both sides signed. */
import { limits } from "../../../config/limits.ts";
import { object, oneOf, type Static, Type } from "../../../lib/schemas.ts";
import { compile } from "../../../middlewares/validator.ts";
import { paymentErrors } from "../payments.errors.ts";
import type { PaymentProvider, ProviderEvent } from "./provider.ts";
import { isSigned, sign, signatureHeader } from "./signature.ts";

export interface SandboxOptions {
	readonly url: string;
	readonly secret: string;
}

/** Our account there. */
export const sandboxMerchant = "live-commerce";

const Word = Type.String({ minLength: 1, maxLength: limits.providerWordCharactersMax });
const Amount = Type.Integer({ minimum: 0, maximum: limits.moneyMinorUnitsMax });

/** What a payment is, in callbacks and in answers. Providers may add to it. */
const Payment = {
	intentId: Type.String({ pattern: "^[1-9][0-9]{0,15}$" }),
	reference: Word,
	merchant: Word,
	amount: Amount,
	currency: Type.String({ pattern: "^[A-Z]{3}$" })
};

const Event = Type.Object({ id: Word, type: Word, payment: Type.Object(Payment) });
const Unknown = Type.Object({ id: Word, type: Word });
const Status = Type.Object({
	...Payment,
	status: oneOf("open", "processing", "paid", "failed", "expired", "refunded")
});
const Made = object({
	reference: Word,
	url: Type.String({ pattern: "^https?://", maxLength: limits.checkoutUrlCharactersMax })
});

const faultsOf = {
	event: compile(Event),
	unknown: compile(Unknown),
	status: compile(Status),
	made: compile(Made)
};

const kinds: Readonly<Record<string, ProviderEvent["kind"]>> = {
	"payment.succeeded": "paid",
	"payment.failed": "failed",
	"payment.refunded": "refunded"
};

const kindOfStatus = {
	open: "open",
	processing: "open",
	paid: "paid",
	failed: "failed",
	expired: "closed",
	refunded: "refunded"
} as const;

export function sandboxProvider(options: SandboxOptions): PaymentProvider {
	const post = (path: string, body: object) => ask(options, path, body);
	return {
		name: "sandbox",
		merchant: sandboxMerchant,
		async createCheckout({ expiresAt, ...order }) {
			const wish = { ...order, merchant: sandboxMerchant, expiresAt: expiresAt.toISOString() };
			const made = await post("/api/checkouts", wish);
			if (made === undefined || faultsOf.made(made).length > 0) throw unavailable();
			return made as Static<typeof Made>;
		},
		verifyCallback({ body, signature, now }) {
			if (!isSigned(options.secret, { body, signature, now })) throw invalid();
			return eventOf(body);
		},
		async fetchStatus(intentId) {
			const found = await post("/api/status", { merchant: sandboxMerchant, intentId });
			if (found === undefined) return undefined;
			if (faultsOf.status(found).length > 0) throw unavailable();
			const { status, ...payment } = found as Static<typeof Status>;
			return {
				// The same answer is the same event.
				...{ id: `status:${payment.reference}:${status}`, kind: kindOfStatus[status] },
				...{ word: `status.${status}`, ...pick(payment) }
			};
		},
		async refund({ refundId, reference, amount, currency }) {
			const done = await post("/api/refunds", { refundId, reference, amount, currency });
			if (done === undefined) throw unavailable();
		}
	};
}

const invalid = () => paymentErrors.CALLBACK_NOT_VALID();
const unavailable = () => paymentErrors.PROVIDER_UNAVAILABLE();

type Told = Omit<ProviderEvent, "id" | "kind" | "word">;

const pick = ({ intentId, reference, merchant, amount, currency }: Told): Told => ({
	intentId,
	reference,
	merchant,
	amount,
	currency
});

/** Events of kinds that we do not know are taken, so that the provider need not tell them again. */
function eventOf(body: string): ProviderEvent {
	let event: Static<typeof Event>;
	try {
		event = JSON.parse(body);
	} catch {
		throw invalid();
	}
	if (faultsOf.unknown(event).length > 0) throw invalid();
	const { id, type: word, payment } = event;
	const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined;
	if (!kind) {
		const none = { intentId: null, reference: null, merchant: null, amount: null, currency: null };
		return { id, kind: "other", word, ...none };
	}
	if (faultsOf.event(event).length > 0) throw invalid();
	return { id, kind, word, ...pick(payment) };
}

/** The answer; undefined for 404. Throws PROVIDER_UNAVAILABLE for all else that is not 2xx. */
async function ask(options: SandboxOptions, path: string, body: object): Promise<unknown> {
	const text = JSON.stringify(body);
	try {
		const response = await fetch(`${options.url}${path}`, {
			method: "POST",
			headers: {
				"content-type": "application/json",
				[signatureHeader]: sign(options.secret, text, new Date())
			},
			body: text,
			redirect: "error",
			signal: AbortSignal.timeout(limits.paymentProviderMillisecondsMax)
		});
		if (response.status === 404) {
			await response.body?.cancel();
			return undefined;
		}
		const answer: unknown = await response.json();
		if (response.ok) return answer;
	} catch {
		// Told below, without what the network said.
	}
	throw unavailable();
}
