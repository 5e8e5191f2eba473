/** Who follows whom, and what followers are told. */

import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, Id, nullable, object, page, pageParams, Time, Type } from "../../lib/schemas.ts";
import { Room, RoomHost } from "../rooms/rooms.contract.ts";

const OneUser = object({ id: Id });
const Following = object({
	following: Type.Boolean({ description: "Whether the caller follows; false for guests" }),
	fans: Type.Integer({ minimum: 0 })
});

export const follows = contract("follows", {
	actions: {
		follow: {
			summary: "Follows a user. Safe to repeat.",
			rest: "PUT /users/:id/follow",
			auth: "user",
			params: OneUser,
			returns: Following,
			errors: ["NOT_FOUND", "CANNOT_FOLLOW_SELF", "TOO_MANY_FOLLOWS"]
		},
		unfollow: {
			summary: "Follows a user no more. Safe to repeat.",
			rest: "DELETE /users/:id/follow",
			auth: "user",
			params: OneUser,
			returns: Following
		},
		status: {
			summary: "How many follow a user, and whether the caller does.",
			rest: "GET /users/:id/follow",
			auth: "public",
			params: OneUser,
			returns: Following,
			read: true
		},
		live: {
			summary: "Rooms of followed hosts that are on air.",
			rest: "GET /follows/live",
			auth: "user",
			params: Empty,
			returns: object({ items: Type.Array(Room) }),
			read: true
		},
		notices: {
			summary: "Which followed hosts went live, the last one first.",
			rest: "GET /follows/notices",
			auth: "user",
			params: object(pageParams),
			returns: page(
				object({
					id: Id,
					type: Type.Literal("went-live"),
					host: RoomHost,
					roomId: Id,
					at: Time
				})
			),
			read: true
		},
		followersOf: {
			summary: "Who follows a host, in ascending order of their ids.",
			auth: "internal",
			params: object({
				hostId: Id,
				after: nullable(Id),
				limit: Type.Integer({ minimum: 1, maximum: limits.followersPerPageMax })
			}),
			returns: object({
				userIds: Type.Array(Id),
				/** What to ask for next; null: these are the last. */
				next: nullable(Id)
			}),
			read: true
		}
	}
});
