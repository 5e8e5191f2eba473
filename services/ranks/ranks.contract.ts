/**
 * Who gives most: in a session, on a day, and to a host over all time.
 *
 * Sums are counted from `gifts.sent`, each gift once, into tables; fast state only holds the top of
 * what is read often. All of it can be made again from the gift records (`npm run ranks:rebuild`).
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Coins, Id, nullable, object, oneOf, Type } from "../../lib/schemas.ts";

const RankedUser = object({
	id: Id,
	nickname: Type.String(),
	avatarUrl: nullable(Type.String()),
	level: Type.Integer({ minimum: 0 })
});

const fan = {
	coins: Coins,
	level: Type.Integer({ minimum: 0, description: "0: no fan yet" })
};

export const ranks = contract("ranks", {
	actions: {
		ranking: {
			summary: "Who gave most in the room's last session, or in it today (UTC).",
			rest: "GET /rooms/:id/ranking",
			auth: "public",
			params: object({
				id: Id,
				period: Type.Optional(oneOf("session", "day")),
				limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.rankItemsMax }))
			}),
			returns: object({
				items: Type.Array(
					object({ user: RankedUser, coins: Coins, place: Type.Integer({ minimum: 1 }) })
				)
			}),
			errors: ["NOT_FOUND"],
			read: true
		},
		fan: {
			summary: "What the signed-in user is to a host: coins given, and the level they make.",
			rest: "GET /users/:id/fan",
			auth: "user",
			params: object({ id: Id }),
			returns: object({
				...fan,
				nextLevelCoins: nullable(Coins)
			}),
			read: true
		},
		fans: {
			summary: "Fan levels of users toward a host, in the order asked for.",
			auth: "internal",
			params: object({
				hostId: Id,
				userIds: Type.Array(Id, { minItems: 1, maxItems: limits.idsPerRequestMax })
			}),
			returns: object({ items: Type.Array(object({ userId: Id, ...fan })) }),
			read: true
		}
	}
});
