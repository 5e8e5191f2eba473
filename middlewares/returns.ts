/**
 * Outside production every answer is compared with the contract's `returns`, so that a handler
 * that answers more or less than it promised fails its tests instead of surprising a client.
 */
import { Errors, type Middleware } from "moleculer";
import { policy } from "../lib/policy.ts";
import { compile } from "./validator.ts";

export function returns(): Middleware {
	return policy({
		name: "Returns",
		localAction(next, action) {
			if (!action.returns) return next;
			const faults = compile(action.returns);
			return async function checkReturns(ctx) {
				const result = await next(ctx);
				const [fault] = faults(result ?? null);
				if (fault) {
					throw new Errors.MoleculerServerError(
						`${action.name} broke its contract: "${fault.field}" ${fault.message}`,
						500,
						"CONTRACT_BROKEN"
					);
				}
				return result;
			};
		}
	});
}
