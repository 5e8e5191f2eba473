/**
 * The goods of a room: which of its host's SKUs are sold there, in which order, for which price,
 * and the one that is being explained now.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, MoneySchema, nullable, object, oneOf, Time, Type } from "../../lib/schemas.ts";
import { Attributes, Price, SkuCard } from "../products/products.contract.ts";

const OneRoom = object({ id: Id });
const Position = Type.Integer({
	minimum: 0,
	maximum: limits.roomProductsMax,
	description: "0 is the first; beyond the end is the last"
});
const RoomPrice = nullable(Price);
const Version = Type.Integer({ minimum: 0, description: "Raised by every change of the goods" });

/** What messages and orders carry of a good. */
const card = {
	skuId: Id,
	productId: Id,
	title: Type.String(),
	price: MoneySchema,
	pictureUrl: nullable(Type.String())
};
export const GoodCard = object(card);

const Good = object({
	...card,
	sellerId: Id,
	attributes: Attributes,
	listPrice: object({ ...MoneySchema.properties }, { description: "Outside of this room" }),
	stock: Type.Integer({ minimum: 0, description: "What can still be bought" }),
	position: Type.Integer({ minimum: 0 }),
	pinned: Type.Boolean(),
	onSale: Type.Boolean({ description: "Goods that are not are shown to the host only" })
});
const Goods = object({ version: Version, items: Type.Array(Good) });

const owned = { auth: "user", owner: "findOwned" } as const;

export const roomProducts = contract("room-products", {
	actions: {
		list: {
			summary: "The goods of a room, in the host's order.",
			rest: "GET /rooms/:id/products",
			auth: "public",
			params: OneRoom,
			returns: Goods,
			errors: ["NOT_FOUND"],
			read: true
		},
		add: {
			summary: "Sells an own SKU in the room; again with another price or place changes it.",
			rest: "POST /rooms/:id/products",
			status: 201,
			...owned,
			params: object({
				id: Id,
				skuId: Id,
				price: Type.Optional(RoomPrice),
				position: Type.Optional(Position)
			}),
			returns: Goods,
			errors: [
				"NOT_FOUND",
				"SKU_NOT_YOURS",
				"SKU_NOT_ON_SALE",
				"TOO_MANY_GOODS",
				"CURRENCY_NOT_ALLOWED"
			]
		},
		update: {
			summary: "Changes a good's price in this room (null: as everywhere) or its place.",
			rest: "PATCH /rooms/:id/products/:skuId",
			...owned,
			params: object(
				{
					id: Id,
					skuId: Id,
					price: Type.Optional(RoomPrice),
					position: Type.Optional(Position)
				},
				{ minProperties: 3 }
			),
			returns: Goods,
			errors: ["NOT_FOUND", "CURRENCY_NOT_ALLOWED"]
		},
		sort: {
			summary: "Puts the goods into this order; those that are not named come after.",
			rest: "PUT /rooms/:id/products",
			...owned,
			params: object({
				id: Id,
				skuIds: Type.Array(Id, { minItems: 1, maxItems: limits.roomProductsMax })
			}),
			returns: Goods,
			errors: ["NOT_FOUND"]
		},
		remove: {
			summary: "Sells the SKU in this room no more. Safe to repeat.",
			rest: "DELETE /rooms/:id/products/:skuId",
			...owned,
			params: object({ id: Id, skuId: Id }),
			returns: Goods,
			errors: ["NOT_FOUND"]
		},
		pin: {
			summary: "Shows all viewers the good that is being explained; null shows none.",
			rest: "PUT /rooms/:id/pinned",
			...owned,
			params: object({ id: Id, skuId: nullable(Id) }),
			returns: object({ version: Version, pinned: nullable(Good) }),
			rateLimit: { count: limits.pinsPerMinuteMax, seconds: 60, by: "user" },
			errors: ["NOT_FOUND", "SKU_NOT_ON_SALE"]
		},
		pinned: {
			summary: "The good that is being explained now.",
			rest: "GET /rooms/:id/pinned",
			auth: "public",
			params: OneRoom,
			returns: object({ version: Version, pinned: nullable(Good) }),
			errors: ["NOT_FOUND"],
			read: true
		},
		offers: {
			summary: "What can be ordered, in the order asked for; a room's price counts while it is on.",
			auth: "internal",
			params: object({
				items: Type.Array(object({ skuId: Id, roomId: nullable(Id) }), {
					maxItems: limits.idsPerRequestMax
				})
			}),
			returns: object({
				items: Type.Array(object({ sku: nullable(SkuCard), roomPrice: nullable(MoneySchema) }))
			}),
			read: true
		}
	},
	channels: {
		/** Another good is being explained, or none any more; a lower version is older. */
		pinned: object({
			roomId: Id,
			type: oneOf("pinned", "unpinned"),
			good: GoodCard,
			version: Version,
			at: Time
		}),
		/** Goods of the room are different now: the one named, or more of them. */
		changed: object({ roomId: Id, good: nullable(GoodCard), version: Version, at: Time })
	}
});
