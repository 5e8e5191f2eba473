/** `tags` for tests of other services: who is a host or an operator, by user id. */
import type { ActionSchema, ServiceSchema } from "moleculer";

export const fakeTags = (tagsById: Readonly<Record<string, readonly string[]>>): ServiceSchema => ({
	name: "tags",
	actions: {
		of: {
			auth: "internal",
			handler: (ctx: { params: { userIds: string[] } }) => ({
				items: ctx.params.userIds.map((userId) => ({ userId, tags: tagsById[userId] ?? [] }))
			})
		} as ActionSchema
	}
});
