/**
 * Flash sales: some units of a host's SKU for a special price, in a window of time, so many per
 * user. Every attempt ends with a definite outcome, the same for the same key: `bought` is said
 * after the commit in which units, order and fact stand together. (Of why it was refused another
 * node may know another reason.)
 *
 * A purchase is told by `orders.placed` of its order, whose source is the sale.
 *
 * Times are those of the server: pages count down to `startsAt` by the difference to `serverTime`.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, MoneySchema, nullable, object, oneOf, Time, Type } from "../../lib/schemas.ts";
import { Attributes, Price } from "../products/products.contract.ts";

const Units = Type.Integer({ minimum: 0, maximum: limits.flashSaleUnitsMax });
const Quantity = Type.Integer({ minimum: 1, maximum: limits.flashSaleUnitsPerUserMax });
const Status = oneOf("scheduled", "open", "closed", "cancelled");

const OrderOfSale = object({
	id: Id,
	number: Id,
	total: MoneySchema,
	expiresAt: nullable(Time)
});

const sale = {
	id: Id,
	roomId: Id,
	hostId: Id,
	skuId: Id,
	productId: Id,
	title: Type.String(),
	pictureUrl: nullable(Type.String()),
	attributes: Attributes,
	price: MoneySchema,
	listPrice: object({ ...MoneySchema.properties }, { description: "Outside of the sale" }),
	stock: object({ ...{ initial: Units, left: Units, sold: Units } }),
	limitPerUser: Quantity,
	status: Status,
	startsAt: Time,
	endsAt: Time
};
export const FlashSale = object(sale);

const ShownSale = object({
	...sale,
	serverTime: Time,
	purchases: Type.Array(
		object({
			order: OrderOfSale,
			quantity: Quantity,
			at: Time,
			released: Type.Boolean({ description: "Never paid for, its units went back" })
		}),
		{ description: "What the signed-in user bought here" }
	)
});

const OneSale = object({ id: Id });
const owned = { auth: "user", owner: "findOwned" } as const;

export const flashSales = contract("flash-sales", {
	actions: {
		create: {
			summary: "Offers units of an own SKU in the room; they leave the normal stock now.",
			rest: "POST /rooms/:id/flash-sales",
			auth: "user",
			owner: "findRoom",
			status: 201,
			idempotency: "required",
			params: object({
				id: Id,
				skuId: Id,
				price: Price,
				stock: Type.Integer({ minimum: 1, maximum: limits.flashSaleUnitsMax }),
				limitPerUser: Quantity,
				startsAt: Time,
				endsAt: Time
			}),
			returns: ShownSale,
			errors: [
				"NOT_FOUND",
				"SKU_NOT_YOURS",
				"SKU_NOT_ON_SALE",
				"ROOM_NOT_LIVE",
				"STOCK_TOO_LOW",
				"TOO_MANY_FLASH_SALES",
				"CURRENCY_NOT_ALLOWED",
				"SALE_TIME_NOT_ALLOWED",
				"IDEMPOTENCY_CONFLICT"
			]
		},
		get: {
			summary: "A flash sale now: its time, what is left, and what the caller bought.",
			rest: "GET /flash-sales/:id",
			auth: "public",
			params: OneSale,
			returns: ShownSale,
			errors: ["NOT_FOUND"],
			read: true
		},
		list: {
			summary: "The last flash sales of a room, the newest first.",
			rest: "GET /rooms/:id/flash-sales",
			auth: "public",
			params: OneSale,
			returns: object({ serverTime: Time, items: Type.Array(FlashSale) }),
			read: true
		},
		buy: {
			summary: "Buys in a flash sale; `bought` is committed, with an order that waits to be paid.",
			rest: "POST /flash-sales/:id/purchases",
			auth: "user",
			idempotency: "required",
			// One sale's buyers meet in one process and share its commits; correct without.
			shardBy: "id",
			params: object({ id: Id, quantity: Quantity, addressId: Type.Optional(Id) }),
			returns: object({
				outcome: oneOf("bought", "sold-out", "limit-reached", "not-open"),
				order: Type.Optional(OrderOfSale)
			}),
			rateLimit: {
				count: limits.flashSalePurchasesPerWindowMax,
				seconds: limits.flashSalePurchasesWindowSeconds,
				by: "user"
			},
			errors: ["NOT_FOUND", "ADDRESS_NOT_FOUND", "ORDER_OWN_GOODS", "IDEMPOTENCY_CONFLICT", "BUSY"]
		},
		close: {
			summary: "Ends an open sale early; what was bought stays bought. Safe to repeat.",
			rest: "POST /flash-sales/:id/close",
			...owned,
			params: OneSale,
			returns: ShownSale,
			errors: ["NOT_FOUND", "FLASH_SALE_STATE"]
		},
		cancel: {
			summary: "Withdraws a sale; what was bought stays bought. Safe to repeat.",
			rest: "POST /flash-sales/:id/cancel",
			...owned,
			params: OneSale,
			returns: ShownSale,
			errors: ["NOT_FOUND", "FLASH_SALE_STATE"]
		}
	},
	channels: {
		/** The sale is different now; told a few times a second. A lower version is older. */
		changed: object({
			saleId: Id,
			roomId: Id,
			status: Status,
			skuId: Id,
			title: Type.String(),
			price: MoneySchema,
			initial: Units,
			left: Units,
			sold: Units,
			startsAt: Time,
			endsAt: Time,
			version: Type.Integer({ minimum: 1 }),
			at: Time
		})
	}
});
