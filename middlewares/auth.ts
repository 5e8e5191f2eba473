/**
 * Who may call an action, by the word `auth` of its contract. Deny by default: an action without
 * a known rule is refused, whoever calls (G16).
 *
 * A token says who somebody is, not what they may do: `host` and `operator` are tags, asked anew
 * on each call (through the cache), so that a revoked tag works within a second.
 */
import type { Middleware } from "moleculer";
import type { Ctx } from "../lib/context.ts";
import type { AuthRule } from "../lib/contract.ts";
import { commonErrors } from "../lib/errors.ts";
import { type PolicyAction, policy } from "../lib/policy.ts";

type Guard = (ctx: Ctx) => void | Promise<void>;

const requireUser: Guard = (ctx) => {
	if (!ctx.meta.user) throw commonErrors.UNAUTHENTICATED();
};

const requireTag =
	(tag: "host" | "operator"): Guard =>
	async (ctx) => {
		const user = ctx.meta.user;
		if (!user) throw commonErrors.UNAUTHENTICATED();
		const { items } = await ctx.call("tags.of", { userIds: [user.id] });
		if (!items[0]?.tags.includes(tag)) throw commonErrors.FORBIDDEN();
	};

const guards: Readonly<Record<AuthRule, Guard>> = {
	public: () => {},
	internal: () => {},
	user: requireUser,
	host: requireTag("host"),
	operator: requireTag("operator")
};

// Only the word itself: `["public"]` would find the guard of `public` by its text.
const isRule = (rule: unknown): rule is AuthRule =>
	typeof rule === "string" && Object.hasOwn(guards, rule);

const deny: Guard = () => {
	throw commonErrors.FORBIDDEN();
};

/** Moleculer's own `$node.*` actions are for developers on the bus; the gateway has no route. */
const isMoleculersOwn = (action: PolicyAction): boolean => action.name.startsWith("$");

export function auth(): Middleware {
	return policy({
		name: "Auth",
		localAction(next, action) {
			if (isMoleculersOwn(action)) return next;
			const guard = isRule(action.auth) ? guards[action.auth] : deny;
			return async function checkAuth(ctx) {
				await guard(ctx);
				return next(ctx);
			};
		}
	});
}
