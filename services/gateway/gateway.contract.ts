import { contract } from "../../lib/contract.ts";
import { Empty, Type } from "../../lib/schemas.ts";

/** The edge itself: everything else that HTTP reaches stands in the contract of its own service. */
export const gateway = contract("gateway", {
	actions: {
		openapi: {
			summary: "The OpenAPI 3.1 document of what the cluster can do right now.",
			rest: "GET /openapi.json",
			auth: "public",
			params: Empty,
			returns: Type.Record(Type.String(), Type.Unknown()),
			read: true
		}
	}
});
