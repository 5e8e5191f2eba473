/** Turns what happened into messages for those it concerns. Nobody calls it: it hears channels. */
import { contract } from "../../lib/contract.ts";
import { Id, nullable, object } from "../../lib/schemas.ts";

export const notices = contract("notices", {
	actions: {},
	channels: {
		/**
		 * The next page of followers is to hear that a host went live. A page is a message of its own,
		 * so that a star's million takes many short steps, and a failure repeats only one of them.
		 */
		followersDue: object({ roomId: Id, sessionId: Id, hostId: Id, after: nullable(Id) })
	}
});
