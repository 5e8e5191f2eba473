/**
 * Carts: what somebody means to buy, on all devices the same. Nothing is promised by being in a
 * cart: prices and stock are those of the moment of looking, and what has changed is marked.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, MoneySchema, nullable, object, oneOf, Type } from "../../lib/schemas.ts";
import { Attributes } from "../products/products.contract.ts";

const Quantity = Type.Integer({ minimum: 1, maximum: limits.orderQuantityMax });

const Line = object({
	skuId: Id,
	productId: Id,
	sellerId: Id,
	title: Type.String(),
	pictureUrl: nullable(Type.String()),
	attributes: Attributes,
	quantity: Quantity,
	selected: Type.Boolean(),
	roomId: Type.Union([Id, Type.Null()], {
		description: "To be ordered with; null when the room's offer is over"
	}),
	price: object({ ...MoneySchema.properties }, { description: "Of one unit, now" }),
	priceWhenAdded: MoneySchema,
	priceChanged: Type.Boolean(),
	available: Type.Integer({ minimum: 0, description: "What can still be bought" }),
	/** Why it cannot be ordered as it stands; null when it can. */
	invalid: nullable(oneOf("withdrawn", "not-enough-stock"))
});

const Cart = object({
	items: Type.Array(Line),
	selectedTotal: object(
		{ ...MoneySchema.properties },
		{ description: "Of the selected lines that can be ordered" }
	)
});

const rateLimit = { count: limits.cartChangesPerMinuteMax, seconds: 60, by: "user" } as const;

export const carts = contract("carts", {
	actions: {
		get: {
			summary: "The cart of the signed-in user, what was added last first.",
			rest: "GET /cart",
			auth: "user",
			params: Empty,
			returns: Cart,
			read: true
		},
		put: {
			summary: "Puts a SKU into the cart, or changes its line. Safe to repeat.",
			rest: "PUT /cart/items/:skuId",
			auth: "user",
			params: object({
				skuId: Id,
				quantity: Quantity,
				roomId: Type.Optional(Id),
				selected: Type.Optional(Type.Boolean())
			}),
			returns: Cart,
			rateLimit,
			errors: ["SKU_NOT_ON_SALE", "CART_FULL"]
		},
		remove: {
			summary: "Takes a SKU out of the cart. Safe to repeat.",
			rest: "DELETE /cart/items/:skuId",
			auth: "user",
			params: object({ skuId: Id }),
			returns: Cart,
			rateLimit
		},
		merge: {
			summary:
				"Brings what a guest collected into the cart; of a SKU in both the larger quantity stands.",
			rest: "POST /cart/merge",
			auth: "user",
			params: object({
				items: Type.Array(object({ skuId: Id, quantity: Quantity, roomId: Type.Optional(Id) }), {
					maxItems: limits.cartLinesMax
				})
			}),
			returns: Cart,
			rateLimit
		}
	}
});
