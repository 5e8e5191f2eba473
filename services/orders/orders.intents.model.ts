/** The table `orders_intents`: what a key of a user was used for. */
import {
	isUniqueViolation,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";

export interface Intent {
	readonly userId: string;
	readonly key: string;
	/** Over the params, so that one key cannot stand for two requests. */
	readonly hash: string;
	readonly action: "place" | "pay" | "cancel" | "confirm" | "ship";
	/** Id of the checkout or order that it was about. */
	readonly reference: string;
}

export type Use = "new" | "repeated" | "conflict";

const useOf = (known: Pick<Intent, "hash" | "action">, intent: Pick<Intent, "hash" | "action">) =>
	known.hash === intent.hash && known.action === intent.action ? "repeated" : "conflict";

/** What was done under that key before, if anything. */
export async function findUse(
	db: Queryable,
	intent: Omit<Intent, "reference">
): Promise<{ readonly use: Use; readonly reference: string | null }> {
	const [row] = await db.query<{
		request_hash: string;
		action: Intent["action"];
		reference: number;
	}>(
		`SELECT request_hash, action, reference FROM orders_intents
			WHERE user_id = ? AND intent_key = ?`,
		[intent.userId, intent.key]
	);
	if (!row) return { use: "new", reference: null };
	const known = { hash: row.request_hash, action: row.action };
	return { use: useOf(known, intent), reference: String(row.reference) };
}

/** Takes the key; unless it is `new` nothing was written. */
export async function takeKey(tx: Transaction, intent: Intent, at: Date): Promise<Use> {
	const known = await findUse(tx, intent);
	if (known.use !== "new") return known.use;
	try {
		await tx.execute(
			`INSERT INTO orders_intents (user_id, intent_key, action, request_hash, reference, at)
				VALUES ${placeholders(1, 6)}`,
			[intent.userId, intent.key, intent.action, intent.hash, intent.reference, at]
		);
		return "new";
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
		// A twin has just committed; it may not be seen here, so what it was is read outside.
		return "repeated";
	}
}
