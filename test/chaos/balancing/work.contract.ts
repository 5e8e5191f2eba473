import { contract } from "../../../lib/contract.ts";
import { object, Type } from "../../../lib/schemas.ts";

const params = object({
	/** Names the call: what ran is counted by it. */
	id: Type.String({ maxLength: 64 }),
	/** How long the handler takes. */
	milliseconds: Type.Integer({ minimum: 0, maximum: 10_000 })
});
const returns = object({ node: Type.String() });

/** Something to do on the nodes of this suite. */
export const work = contract("work", {
	actions: {
		look: {
			summary: "Changes nothing, so it may run again.",
			auth: "internal",
			read: true,
			params,
			returns
		},
		change: {
			summary: "Leaves a line in the node's file before it does anything else.",
			auth: "internal",
			params,
			returns
		}
	}
});
