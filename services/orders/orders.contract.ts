/**
 * Orders: what somebody has bought, one order per seller under one checkout. Nothing is priced by
 * the client, goods are reserved when the order is placed, and every order ends paid for, closed or
 * refunded (the table of states is in orders.rules.ts).
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, nullable, object, oneOf, page, pageParams, Time, Type } from "../../lib/schemas.ts";
import {
	Items,
	Order,
	OrderCounts,
	OrderStatus,
	orderFact,
	PayBy,
	Payment,
	Placed,
	Quote,
	shipment
} from "./orders.schemas.ts";

export { Order, OrderStatus } from "./orders.schemas.ts";

const OneOrder = object({ id: Id });
const refusals = [
	"SKU_NOT_ON_SALE",
	"ROOM_OFFER_OVER",
	"STOCK_TOO_LOW",
	"ORDER_OWN_GOODS",
	"ORDER_TOO_LARGE"
] as const;

const rateLimit = { count: limits.orderStepsPerMinuteMax, seconds: 60, by: "user" } as const;

/** A step of one's own order; the same key again answers the order as it is then. */
const step = {
	auth: "user",
	owner: "findOwned",
	idempotency: "required",
	params: OneOrder,
	returns: Order,
	rateLimit,
	errors: ["NOT_FOUND", "ORDER_STATE", "IDEMPOTENCY_CONFLICT"]
} as const;

/** How an order or a checkout is paid. */
const paying = {
	auth: "user",
	idempotency: "required",
	params: object({ id: Id, provider: PayBy }),
	returns: Payment,
	rateLimit,
	errors: [
		...["NOT_FOUND", "ORDER_STATE", "INSUFFICIENT_BALANCE", "WALLET_FROZEN", "PROVIDER_UNKNOWN"],
		...["PROVIDER_UNAVAILABLE", "IDEMPOTENCY_CONFLICT"]
	]
} as const;

export const orders = contract("orders", {
	actions: {
		quote: {
			summary: "What these goods come to now, split by seller. Reserves nothing.",
			rest: "POST /orders/quote",
			auth: "user",
			params: object({ items: Items, addressId: Type.Optional(Id) }),
			returns: Quote,
			rateLimit: { count: limits.orderQuotesPerMinuteMax, seconds: 60, by: "user" },
			errors: ["ADDRESS_NOT_FOUND", ...refusals]
		},
		place: {
			summary: "Orders goods, all or none, and reserves them until they are paid.",
			rest: "POST /orders",
			auth: "user",
			status: 201,
			idempotency: "required",
			params: object({ items: Items, addressId: Id }),
			returns: Placed,
			rateLimit: { count: limits.ordersPerHourMax, seconds: 3600, by: "user" },
			errors: ["ADDRESS_NOT_FOUND", ...refusals, "OFFER_CHANGED", "IDEMPOTENCY_CONFLICT"]
		},
		list: {
			summary: "One's own orders, the last one first.",
			rest: "GET /orders",
			auth: "user",
			params: object({ status: Type.Optional(OrderStatus), ...pageParams }),
			returns: page(Order),
			read: true
		},
		get: {
			summary: "One order of one's own.",
			rest: "GET /orders/:id",
			auth: "user",
			owner: "findOwned",
			params: OneOrder,
			returns: Order,
			errors: ["NOT_FOUND"],
			read: true
		},
		sales: {
			summary: "The orders that the signed-in seller got, the last one first.",
			rest: "GET /sales",
			auth: "user",
			params: object({
				status: Type.Optional(OrderStatus),
				roomId: Type.Optional(Id),
				flashSaleId: Type.Optional(Id),
				...pageParams
			}),
			returns: page(Order),
			read: true
		},
		salesCounts: {
			summary: "How many orders the signed-in seller got, by state; of one flash sale where named.",
			rest: "GET /sales/counts",
			auth: "user",
			params: object({ flashSaleId: Type.Optional(Id) }),
			returns: OrderCounts,
			read: true
		},
		pay: {
			summary: "Pays an order with coins at once, or opens the page of a provider.",
			rest: "POST /orders/:id/pay",
			owner: "findOwned",
			...paying
		},
		payCheckout: {
			summary: "Pays all orders of a checkout that are still unpaid, as for one order.",
			rest: "POST /checkouts/:id/pay",
			owner: "findCheckout",
			...paying
		},
		cancel: {
			summary: "Gives an order up: unpaid it is closed, paid and not shipped it is refunded.",
			rest: "POST /orders/:id/cancel",
			...step
		},
		setAddress: {
			summary: "Says where to send one's own order that is not sent yet. Safe to repeat.",
			rest: "PUT /orders/:id/address",
			auth: "user",
			owner: "findOwned",
			params: object({ id: Id, addressId: Id }),
			returns: Order,
			rateLimit,
			errors: ["NOT_FOUND", "ADDRESS_NOT_FOUND", "ORDER_STATE"]
		},
		ship: {
			summary: "Says that the goods are on their way, by their seller.",
			rest: "POST /sales/:id/ship",
			...step,
			owner: "findSale",
			params: object({
				id: Id,
				carrier: Type.Optional(shipment.carrier),
				trackingNumber: Type.Optional(shipment.trackingNumber)
			}),
			errors: [...step.errors, "ORDER_WITHOUT_ADDRESS"]
		},
		confirm: {
			summary: "Says that the goods have come.",
			rest: "POST /orders/:id/confirm",
			...step
		}
	},
	channels: {
		/** Its goods are reserved until `expiresAt`. */
		placed: object({ ...orderFact, expiresAt: Time }),
		paid: object({ ...orderFact, paidBy: PayBy }),
		shipped: object({
			...orderFact,
			carrier: nullable(Type.String()),
			trackingNumber: nullable(Type.String())
		}),
		/** Its goods have come, as its buyer says or nobody denied in time; the seller is paid out. */
		received: object({ ...orderFact, paidBy: PayBy, reason: oneOf("confirmed", "timeout") }),
		/** Never paid; its goods are free again. */
		closed: object({ ...orderFact, reason: oneOf("cancelled", "timeout") }),
		/** Its goods are back, and its money is with the buyer or on the way. */
		refunded: object({ ...orderFact, paidBy: PayBy })
	}
});
