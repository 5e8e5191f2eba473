import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, object, oneOf, Type } from "../../lib/schemas.ts";
import { namesOf } from "./ids.rules.ts";

const count = Type.Optional(
	Type.Integer({ minimum: 1, maximum: limits.idsPerTakeMax, description: "1 unless told" })
);
const returns = object({ ids: Type.Array(Id) });

/**
 * Numbers that are handed out once in the whole cluster, below 2^53.
 *
 * Both actions wait for the database when no ids are left in memory. They answer `UNAVAILABLE`
 * shortly before the caller's own timeout, and `BUSY` when too many wait already. Take ids before
 * a transaction opens: inside one, SQLite could only wait for itself.
 */
export const ids = contract("ids", {
	actions: {
		take: {
			summary: "Takes ascending ids, in one block where the segment allows.",
			auth: "internal",
			params: object({ name: oneOf(...namesOf("sequential")), count }),
			returns,
			errors: ["BUSY", "UNAVAILABLE"]
		},
		takeUnordered: {
			summary: "Takes numbers that people will see, in no order.",
			auth: "internal",
			params: object({ name: oneOf(...namesOf("unordered")), count }),
			returns,
			errors: ["BUSY", "UNAVAILABLE"]
		}
	}
});
