/**
 * Stock: how many units of each SKU are on hand, reserved and sold, per warehouse, and every
 * movement. Services that sell move it by `stock.tx.ts`, inside the transaction of the order.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, nullable, object, oneOf, page, pageParams, Time, Type } from "../../lib/schemas.ts";

const Count = Type.Integer({ minimum: 0, maximum: limits.stockQuantityMax });
const Signed = Type.Integer({
	minimum: -limits.stockQuantityMax,
	maximum: limits.stockQuantityMax
});
const WarehouseId = Type.String({ pattern: "^[1-9][0-9]{0,3}$", examples: ["1"] });
const counts = {
	onHand: Type.Integer({ minimum: 0, description: "What can still be bought" }),
	reserved: Type.Integer({ minimum: 0, description: "Ordered and not paid yet" }),
	sold: Count
};
const Level = object({ skuId: Id, warehouseId: WarehouseId, ...counts });

export const stock = contract("stock", {
	actions: {
		ofProduct: {
			summary: "The stock of a product's SKUs per warehouse, for its seller.",
			rest: "GET /products/:id/stock",
			auth: "user",
			owner: "findProduct",
			params: object({ id: Id }),
			returns: object({ items: Type.Array(Level) }),
			errors: ["NOT_FOUND"],
			read: true
		},
		movements: {
			summary: "Every movement of a SKU's stock, the last one first, for its seller.",
			rest: "GET /skus/:id/stock-movements",
			auth: "user",
			owner: "findSku",
			params: object({ id: Id, warehouseId: Type.Optional(WarehouseId), ...pageParams }),
			returns: page(
				object({
					sequence: Type.Integer({ minimum: 1 }),
					kind: oneOf(
						...(["initial", "adjust", "reserve", "release"] as const),
						...(["sell", "sell-now", "give-back"] as const)
					),
					reference: Type.String({ description: "The order, line or correction that moved it" }),
					quantity: Signed,
					...counts,
					reason: nullable(Type.String()),
					at: Time
				})
			),
			errors: ["NOT_FOUND"],
			read: true
		},
		adjust: {
			summary: "Adds units to what is on hand, or takes some away, with the reason.",
			rest: "POST /skus/:id/stock-adjustments",
			auth: "user",
			owner: "findSku",
			idempotency: "required",
			params: object({
				id: Id,
				quantity: Type.Integer({
					minimum: -limits.stockQuantityMax,
					maximum: limits.stockQuantityMax,
					description: "Signed; never 0"
				}),
				reason: Type.String({
					pattern: "^[^\\x00-\\x1f\\x7f]*\\S[^\\x00-\\x1f\\x7f]*$",
					maxLength: limits.stockReasonCharactersMax,
					examples: ["Counted the shelves"]
				}),
				warehouseId: Type.Optional(WarehouseId)
			}),
			returns: Level,
			errors: ["NOT_FOUND", "STOCK_TOO_LOW", "VALIDATION_FAILED", "IDEMPOTENCY_CONFLICT"]
		},
		available: {
			summary: "What can still be bought of these SKUs, in the order asked for; 0 for unknown.",
			auth: "internal",
			params: object({ skuIds: Type.Array(Id, { maxItems: limits.stockLinesPerCallMax }) }),
			returns: object({ items: Type.Array(object({ skuId: Id, available: Count })) }),
			read: true
		}
	}
});
