/** The shapes of orders, for the contract. */
import { limits } from "../../config/limits.ts";
import {
	Coins,
	Id,
	line,
	MoneySchema,
	nullable,
	object,
	oneOf,
	Time,
	Type
} from "../../lib/schemas.ts";
import { Address } from "../addresses/addresses.contract.ts";
import { Attributes } from "../products/products.contract.ts";

export const OrderStatus = oneOf(
	...(["unpaid", "paid", "shipped", "received"] as const),
	...(["closed", "refunding", "refunded"] as const)
);

/** What is to be ordered; what it costs is none of the client's words. */
export const Items = Type.Array(
	object({
		skuId: Id,
		quantity: Type.Integer({ minimum: 1, maximum: limits.orderQuantityMax }),
		roomId: Type.Optional(Id)
	}),
	{ minItems: 1, maxItems: limits.orderLinesMax }
);

/** `coins`, or the name of a provider. */
export const PayBy = Type.String({ pattern: "^[a-z][a-z0-9-]{0,31}$", examples: ["coins"] });

const { id: _id, isDefault: _isDefault, ...addressParts } = Address.properties;
export const AddressCopy = object(addressParts);

/** How it is sent, as its seller says; both may be left out. */
export const shipment = {
	carrier: line(limits.orderCarrierCharactersMax, "Korea Post"),
	trackingNumber: line(limits.orderTrackingNumberCharactersMax, "6890 1234 5678")
};

const Line = object({
	skuId: Id,
	productId: Id,
	roomId: nullable(Id),
	title: Type.String(),
	pictureUrl: nullable(Type.String()),
	attributes: Attributes,
	price: object({ ...MoneySchema.properties }, { description: "Of one unit, as it was sold" }),
	quantity: Type.Integer({ minimum: 1 }),
	amount: MoneySchema
});

export const Order = object({
	id: Id,
	number: Id,
	status: OrderStatus,
	checkoutId: Id,
	buyerId: Id,
	sellerId: Id,
	total: MoneySchema,
	totalCoins: Coins,
	lines: Type.Array(Line),
	/** Sellers see it when there is something to send; null until its buyer has named one. */
	address: nullable(AddressCopy),
	/** Null until it was sent. */
	shipment: nullable(
		object({
			carrier: nullable(shipment.carrier),
			trackingNumber: nullable(shipment.trackingNumber)
		})
	),
	/** On its way, it counts as received then, unless its buyer says so before. */
	confirmsAt: nullable(Time),
	paidBy: nullable(PayBy),
	closeReason: nullable(oneOf("cancelled", "timeout")),
	placedAt: Time,
	/** Until then it can be paid. */
	expiresAt: Time,
	paidAt: nullable(Time),
	shippedAt: nullable(Time),
	receivedAt: nullable(Time),
	closedAt: nullable(Time),
	refundedAt: nullable(Time)
});

export const Placed = object({ checkoutId: Id, items: Type.Array(Order) });

export const Quote = object({
	/** One per seller, as they would be placed. */
	items: Type.Array(
		object({ sellerId: Id, total: MoneySchema, totalCoins: Coins, lines: Type.Array(Line) })
	),
	total: MoneySchema,
	totalCoins: Coins
});

export const Payment = object({
	status: OrderStatus,
	/** Where to pay; null when nothing is left to be paid there. */
	checkoutUrl: nullable(Type.String())
});

const Count = Type.Integer({ minimum: 0 });

/** How many orders are in which state. */
export const OrderCounts = object({
	...{ unpaid: Count, paid: Count, shipped: Count, received: Count },
	...{ closed: Count, refunding: Count, refunded: Count }
});

/** What every fact about an order says. */
export const orderFact = {
	orderId: Id,
	checkoutId: Id,
	buyerId: Id,
	sellerId: Id,
	total: MoneySchema,
	totalCoins: Coins,
	/** `shop`, or what sold it otherwise, with its id there. */
	source: Type.String(),
	sourceId: nullable(Id),
	at: Time
};
