import type { Sql } from "../../mixins/sql/index.ts";
import { deleteOldCodes } from "./auth.codes.model.ts";
import { deleteExpired } from "./auth.sessions.model.ts";
import { deleteMessagesBefore } from "./sms/messages.model.ts";

/**
 * Deletes what can be of no use any more. Everything in it is refused by its own time already, so
 * it does not matter when this runs, or on how many nodes at once.
 */
export async function sweep(db: Sql, now: Date): Promise<void> {
	const dayAgo = new Date(now.getTime() - 86_400_000);
	await deleteExpired(db, dayAgo);
	await deleteOldCodes(db, now);
	await deleteMessagesBefore(db, dayAgo);
}
