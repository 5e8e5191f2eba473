/**
 * Real money in: what is offered, what somebody set out to pay, and what providers tell of it.
 *
 * An intent stands in the database before a provider hears of it. A signed callback, or the
 * provider's answer when it is asked, moves it by a literal table, and the coins are credited in
 * the same transaction. The provider's retries are the queue.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import {
	Coins,
	Empty,
	Id,
	MoneySchema,
	nullable,
	object,
	page,
	pageParams,
	Time,
	Type
} from "../../lib/schemas.ts";
import {
	Anomaly,
	ManagedPackage,
	NewPackage,
	Package,
	PackageChange,
	PaymentStatus,
	ProviderName,
	Recharge
} from "./payments.schemas.ts";

export const payments = contract("payments", {
	actions: {
		packages: {
			summary: "What coins cost, and the providers that may be paid with.",
			rest: "GET /recharge-packages",
			auth: "public",
			params: Empty,
			returns: object({ items: Type.Array(Package), providers: Type.Array(ProviderName) }),
			read: true
		},
		recharge: {
			summary: "Sets out to buy coins; pay at `checkoutUrl`.",
			rest: "POST /recharges",
			auth: "user",
			status: 201,
			idempotency: "required",
			params: object({ packageId: Id, provider: ProviderName }),
			returns: Recharge,
			rateLimit: { count: limits.rechargesPerHourMax, seconds: 3600, by: "user" },
			errors: [
				"PACKAGE_NOT_FOUND",
				"PROVIDER_UNKNOWN",
				"PROVIDER_UNAVAILABLE",
				"IDEMPOTENCY_CONFLICT"
			]
		},
		charge: {
			summary:
				"Sets out to take money for orders of a user; one page for as long as it can be paid.",
			auth: "internal",
			params: object({
				userId: Id,
				provider: ProviderName,
				reference: Type.String({
					pattern: "^(order|checkout):[1-9][0-9]{0,15}$",
					examples: ["order:10000001"]
				}),
				price: MoneySchema,
				expiresAt: Time,
				key: Type.String({ minLength: 1, maxLength: 64 }),
				hash: Type.String({ pattern: "^[0-9a-f]{64}$", examples: ["0".repeat(64)] })
			}),
			returns: object({ id: Id, status: PaymentStatus, checkoutUrl: nullable(Type.String()) }),
			errors: ["PROVIDER_UNKNOWN", "PROVIDER_UNAVAILABLE", "IDEMPOTENCY_CONFLICT"]
		},
		getRecharge: {
			summary: "One recharge of one's own.",
			rest: "GET /recharges/:id",
			auth: "user",
			owner: "findOwned",
			params: object({ id: Id }),
			returns: Recharge,
			errors: ["NOT_FOUND"],
			read: true
		},
		listRecharges: {
			summary: "One's own recharges, the last one first.",
			rest: "GET /recharges",
			auth: "user",
			params: object({ ...pageParams }),
			returns: page(Recharge),
			read: true
		},
		callback: {
			summary: "What a provider tells; answered when it is committed.",
			rest: "POST /payments/:provider/callback",
			auth: "public",
			rawBody: { signedBy: ["sandbox-signature"] },
			params: object({
				provider: ProviderName,
				body: Type.String({ minLength: 2, maxLength: limits.callbackCharactersMax }),
				signature: Type.String({ minLength: 1, maxLength: limits.callbackSignatureCharactersMax })
			}),
			returns: object({ received: Type.Boolean() }),
			rateLimit: { count: limits.paymentCallbacksPerMinuteMax, seconds: 60, by: "address" },
			errors: ["CALLBACK_NOT_VALID", "NOT_FOUND"]
		},
		listPackages: {
			summary: "All packages, also those that are not sold now.",
			rest: "GET /admin/recharge-packages",
			auth: "operator",
			params: Empty,
			returns: object({ items: Type.Array(ManagedPackage) }),
			read: true
		},
		createPackage: {
			summary: "Offers coins for a price in the deployment's currency.",
			rest: "POST /admin/recharge-packages",
			auth: "operator",
			status: 201,
			params: NewPackage,
			returns: ManagedPackage,
			errors: ["TOO_MANY_PACKAGES"]
		},
		updatePackage: {
			summary: "Changes an offer; what was set out to be paid before keeps its price.",
			rest: "PATCH /admin/recharge-packages/:id",
			auth: "operator",
			params: PackageChange,
			returns: ManagedPackage,
			errors: ["PACKAGE_NOT_FOUND"]
		},
		removePackage: {
			summary: "Takes an offer away for good.",
			rest: "DELETE /admin/recharge-packages/:id",
			auth: "operator",
			params: object({ id: Id }),
			returns: Empty,
			errors: ["PACKAGE_NOT_FOUND"]
		},
		anomalies: {
			summary: "Events of providers that need an eye: wrong amounts, unknown intents, late money.",
			rest: "GET /admin/payments/anomalies",
			auth: "operator",
			params: object({ ...pageParams }),
			returns: page(Anomaly),
			read: true
		}
	},
	channels: {
		/** Coins were bought and are in the wallet. */
		recharged: object({ rechargeId: Id, userId: Id, coins: Coins, at: Time })
	}
});
