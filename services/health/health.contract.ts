import { contract } from "../../lib/contract.ts";
import { Empty, object, oneOf } from "../../lib/schemas.ts";

const Check = oneOf("ok", "off", "red");

/** What monitors, load balancers and containers ask. */
export const health = contract("health", {
	actions: {
		check: {
			summary:
				"Whether the platform works. 503 when a check is red or this node is shutting down; " +
				"`off` is what this mode does without.",
			rest: "GET /health",
			auth: "public",
			params: Empty,
			returns: object({
				status: oneOf("ok", "red"),
				checks: object({
					sql: Check,
					redis: Check,
					bus: Check,
					media: Check,
					outbox: Check,
					canary: Check
				})
			})
		},
		live: {
			summary:
				"Whether this process lives; asks nothing else. Status 503 when it is shutting down.",
			rest: "GET /health/live",
			auth: "public",
			params: Empty,
			returns: object({ status: oneOf("ok", "draining") })
		}
	}
});
