import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, nullable, object, oneOf, Type } from "../../lib/schemas.ts";
import { tagNames } from "./tags.rules.ts";

export const Tag = oneOf(...tagNames);

const UserAndTag = object({ userId: Id, tag: Tag });
const Changed = object({
	changed: Type.Boolean({ description: "False when the user was in that state already" })
});

/** What a user is beyond a signed-in user. A change works everywhere within a second. */
export const tags = contract("tags", {
	actions: {
		of: {
			summary: "The tags of users, in the order asked for; unknown users have none.",
			auth: "internal",
			read: true,
			params: object({ userIds: Type.Array(Id, { maxItems: limits.idsPerRequestMax }) }),
			returns: object({ items: Type.Array(object({ userId: Id, tags: Type.Array(Tag) })) })
		},
		set: {
			summary: "Gives a user a tag.",
			auth: "internal",
			params: UserAndTag,
			returns: Changed
		},
		cancel: {
			summary: "Takes a tag from a user.",
			auth: "internal",
			params: UserAndTag,
			returns: Changed
		},
		grant: {
			summary: "Gives a user a tag, by an operator.",
			rest: "PUT /admin/users/:userId/tags/:tag",
			auth: "operator",
			params: UserAndTag,
			returns: Changed,
			errors: ["NOT_FOUND"]
		},
		revoke: {
			summary: "Takes a tag from a user, by an operator.",
			rest: "DELETE /admin/users/:userId/tags/:tag",
			auth: "operator",
			params: UserAndTag,
			returns: Changed
		}
	},
	channels: {
		/** Published once per change that happened; `by` is the operator, null for the platform. */
		changed: object({ userId: Id, tag: Tag, set: Type.Boolean(), by: nullable(Id) })
	}
});
