/**
 * Names the intent of a call: the key from the `Idempotency-Key` header and a hash of the params,
 * put into `ctx.locals.idempotency`. That is all it does. Whether the intent was seen before is
 * decided by a unique row that the intent's own transaction writes; anything decided here could
 * be undone by a crash between the two.
 */
import { hash } from "node:crypto";
import type { Middleware } from "moleculer";
import { limits } from "../config/limits.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { commonErrors } from "../lib/errors.ts";
import { policy } from "../lib/policy.ts";

/** Visible ASCII: what a header may carry, and what a VARCHAR key compares byte by byte. */
const keyPattern = new RegExp(`^[\\x21-\\x7e]{1,${limits.idempotencyKeyCharactersMax}}$`);

export const hashOf = (params: unknown): string => hash("sha256", canonicalJson(params), "hex");

export function idempotent(): Middleware {
	return policy({
		name: "Idempotent",
		localAction(next, action) {
			if (!action.idempotency) return next;
			return async function nameIntent(ctx) {
				const key = (ctx.headers as Record<string, unknown> | null)?.["idempotency-key"];
				if (key === undefined && action.idempotency === "optional") return next(ctx);
				if (typeof key !== "string" || !keyPattern.test(key)) {
					throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
				}
				ctx.locals.idempotency = { key, hash: hashOf(ctx.params) };
				return next(ctx);
			};
		}
	});
}
