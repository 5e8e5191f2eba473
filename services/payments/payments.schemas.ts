/** What the actions of payments take and give. */
import { limits } from "../../config/limits.ts";
import { Coins, Id, MoneySchema, nullable, object, oneOf, Time, Type } from "../../lib/schemas.ts";

export const ProviderName = Type.String({
	pattern: "^[a-z][a-z0-9-]{0,31}$",
	examples: ["sandbox"]
});

export const PaymentStatus = oneOf(
	"created",
	"pending",
	"succeeded",
	"failed",
	"expired",
	"refunding",
	"refunded"
);

const PriceAmount = Type.Integer({ minimum: 1, maximum: limits.moneyMinorUnitsMax });
const SoldCoins = Type.Integer({ minimum: 1, maximum: limits.coinsMax });
const Position = Type.Integer({ minimum: 0, maximum: 10_000 });

export const Package = object({ id: Id, coins: Coins, price: MoneySchema });

export const ManagedPackage = object({
	id: Id,
	coins: Coins,
	price: MoneySchema,
	position: Position,
	isActive: Type.Boolean()
});

export const NewPackage = object({
	coins: SoldCoins,
	amount: PriceAmount,
	position: Type.Optional(Position),
	isActive: Type.Optional(Type.Boolean())
});

export const PackageChange = object(
	{
		id: Id,
		coins: Type.Optional(SoldCoins),
		amount: Type.Optional(PriceAmount),
		position: Type.Optional(Position),
		isActive: Type.Optional(Type.Boolean())
	},
	{ minProperties: 2 }
);

export const Recharge = object({
	id: Id,
	status: PaymentStatus,
	/** Where to pay; null until the provider has made the page. */
	checkoutUrl: nullable(Type.String()),
	provider: ProviderName,
	coins: Coins,
	price: MoneySchema,
	createdAt: Time,
	expiresAt: Time
});

/** A signed event that did not fit, or fitted too late. */
export const Anomaly = object({
	provider: ProviderName,
	eventId: Type.String(),
	kind: Type.String(),
	outcome: oneOf("mismatch", "unknown-intent", "late", "returned", "unexpected"),
	/** What the event said. */
	said: object({
		intentId: nullable(Type.String()),
		reference: nullable(Type.String()),
		merchant: nullable(Type.String()),
		amount: nullable(Type.Integer()),
		currency: nullable(Type.String())
	}),
	/** What was agreed on, where there is such an intent. */
	intent: nullable(object({ id: Id, userId: Id, status: PaymentStatus, price: MoneySchema })),
	at: Time
});
