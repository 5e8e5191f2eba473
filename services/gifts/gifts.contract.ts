/**
 * Gifts: what may be given, the giving, and who gave what.
 *
 * A gift is answered after its commit, in which coins, record and fact stand together. The same
 * key with the same body gets the first answer again, however often and from whichever node, so a
 * client that heard nothing asks once more and can never pay twice.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import {
	Coins,
	Empty,
	Id,
	nullable,
	object,
	oneOf,
	page,
	pageParams,
	Time,
	Type
} from "../../lib/schemas.ts";
import { Sender } from "../im-router/im-router.contract.ts";

const Name = Type.String({
	minLength: 1,
	maxLength: limits.giftNameCharactersMax,
	examples: ["Rose"]
});
const Names = object({ en: Name, zh: Name, ko: Name });
const Price = Type.Integer({ minimum: 1, maximum: limits.giftPriceCoinsMax });
const Count = Type.Integer({ minimum: 1, maximum: limits.giftCountMax });
/** What pages draw; they show one they do not know by the icon alone. */
const Effect = Type.String({ pattern: "^[a-z][a-z0-9-]{0,31}$", examples: ["petals"] });
const Icon = Type.String({
	minLength: 1,
	maxLength: limits.giftIconCharactersMax,
	examples: ["🌹"]
});

export const Gift = object({
	id: Id,
	/** In English; `names` has all languages. */
	name: Name,
	names: Names,
	price: Price,
	effect: Effect,
	icon: Icon,
	countMax: Count
});
const ManagedGift = object({ ...Gift.properties, retiredAt: nullable(Time), updatedAt: Time });

/** The gift as it was when it was given. */
const GivenGift = object({ id: Id, name: Name, effect: Effect, icon: Icon, price: Price });
const given = { id: Id, roomId: Id, sessionId: Id, gift: GivenGift, count: Count, coins: Coins };

const words = {
	names: Names,
	price: Price,
	effect: Effect,
	icon: Icon,
	countMax: Count
};
const Combo = Type.Integer({
	minimum: 1,
	description: "How many of this gift the sender gave in a row, this one included"
});
const ofRoom = { id: Id, sessionId: Type.Optional(Id) };

export const gifts = contract("gifts", {
	actions: {
		list: {
			summary: "The gifts that can be given, the cheapest first.",
			rest: "GET /gifts",
			auth: "public",
			params: Empty,
			returns: object({ items: Type.Array(Gift) }),
			read: true
		},
		send: {
			summary: "Gives the host of a live room a gift; answered when it is paid.",
			rest: "POST /rooms/:id/gifts",
			auth: "user",
			idempotency: "required",
			// One room's gifts meet in one process and share its commits; correct without.
			shardBy: "id",
			params: object({ id: Id, giftId: Id, count: Count }),
			returns: object({ id: Id, balance: Coins, combo: Combo }),
			rateLimit: {
				count: limits.giftSendsPerWindowMax,
				seconds: limits.giftSendsWindowSeconds,
				by: "user"
			},
			errors: [
				"NOT_FOUND",
				"ROOM_NOT_LIVE",
				"GIFT_NOT_AVAILABLE",
				"GIFT_COUNT_NOT_ALLOWED",
				"GIFT_TO_SELF",
				"INSUFFICIENT_BALANCE",
				"WALLET_FROZEN",
				"IDEMPOTENCY_CONFLICT",
				"BUSY"
			]
		},
		sent: {
			summary: "What the signed-in user gave, the last one first.",
			rest: "GET /gifts/sent",
			auth: "user",
			params: object(pageParams),
			returns: page(object({ ...given, hostId: Id, at: Time })),
			read: true
		},
		statement: {
			summary: "What a session of the host's room was given, the last one first.",
			rest: "GET /rooms/:id/gifts",
			auth: "user",
			owner: "findOwned",
			params: object({ ...ofRoom, ...pageParams }),
			returns: page(object({ ...given, sender: Sender, hostCoins: Coins, at: Time })),
			errors: ["NOT_FOUND"],
			read: true
		},
		total: {
			summary: "The sums of that statement; the last session unless told.",
			rest: "GET /rooms/:id/gifts/total",
			auth: "user",
			owner: "findOwned",
			params: object(ofRoom),
			returns: object({
				sessionId: nullable(Id),
				records: Type.Integer({ minimum: 0 }),
				coins: Coins,
				hostCoins: Coins
			}),
			errors: ["NOT_FOUND"],
			read: true
		},
		catalogue: {
			summary: "All gifts, retired ones too.",
			rest: "GET /admin/gifts",
			auth: "operator",
			params: Empty,
			returns: object({ items: Type.Array(ManagedGift) }),
			read: true
		},
		create: {
			summary: "Adds a gift.",
			rest: "POST /admin/gifts",
			auth: "operator",
			status: 201,
			params: object({ ...words, countMax: Type.Optional(Count) }),
			returns: ManagedGift,
			errors: ["TOO_MANY_GIFTS"]
		},
		update: {
			summary: "Changes a gift, or brings it back; what was given stays as it was.",
			rest: "PATCH /admin/gifts/:id",
			auth: "operator",
			params: object(
				{
					id: Id,
					names: Type.Optional(Names),
					price: Type.Optional(Price),
					effect: Type.Optional(Effect),
					icon: Type.Optional(Icon),
					countMax: Type.Optional(Count),
					retired: Type.Optional(Type.Boolean())
				},
				{ minProperties: 2 }
			),
			returns: ManagedGift,
			errors: ["NOT_FOUND"]
		},
		retire: {
			summary: "Takes a gift out of the catalogue; it is never deleted. Safe to repeat.",
			rest: "DELETE /admin/gifts/:id",
			auth: "operator",
			params: object({ id: Id }),
			returns: ManagedGift,
			errors: ["NOT_FOUND"]
		}
	},
	channels: {
		/** Paid: the room sees it, rankings and PK count it. */
		sent: object({
			giftRecordId: Id,
			roomId: Id,
			sessionId: Id,
			hostId: Id,
			sender: Sender,
			gift: object({ id: Id, name: Name, effect: Effect, icon: Icon }),
			count: Count,
			coins: Coins,
			combo: Combo,
			at: Time
		}),
		/** Refused when the sender no longer waited for the answer. Nothing was paid. */
		failed: object({
			roomId: Id,
			senderId: Id,
			giftId: Id,
			count: Count,
			/** The key of the request, so that its sender knows which one. */
			key: Type.String(),
			reason: oneOf("INSUFFICIENT_BALANCE", "WALLET_FROZEN", "IDEMPOTENCY_CONFLICT"),
			at: Time
		})
	}
});
