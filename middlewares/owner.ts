/**
 * Objects belong to somebody. An action whose contract says `owner: "findAddress"` runs only for
 * the user in the `userId` of what that method of the service loads; everybody else gets the same
 * 404 as for an id that does not exist, so that ids cannot be probed (G16).
 */
import type { Middleware } from "moleculer";
import { commonErrors } from "../lib/errors.ts";
import { policy } from "../lib/policy.ts";

/** Loads the object that the params name; undefined when there is none. */
export type OwnerLoader = (params: never) => Promise<{ userId: string } | undefined>;

export function owner(): Middleware {
	return policy({
		name: "Owner",
		localAction(next, action) {
			const method = action.owner;
			if (!method) return next;
			return async function checkOwner(ctx) {
				const { user } = ctx.meta;
				if (!user) throw commonErrors.UNAUTHENTICATED();
				const load = ctx.service?.[method] as OwnerLoader;
				const entity = await load(ctx.params as never);
				if (entity?.userId !== user.id) throw commonErrors.NOT_FOUND();
				ctx.locals.entity = entity;
				return next(ctx);
			};
		}
	});
}
