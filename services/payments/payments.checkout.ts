/** From the wish to buy to a page on which it can be paid. */

import type { Env } from "../../config/env.ts";
import { reachable } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { isUniqueViolation, type Sql } from "../../mixins/sql/index.ts";
import {
	findIntent,
	findIntentByKey,
	type Intent,
	insertIntent,
	type NewIntent
} from "./payments.intents.model.ts";
import { open } from "./payments.settle.ts";
import type { PaymentProvider } from "./providers/provider.ts";

/**
 * The intent of this user's key: the one that stands there, or a new one. Throws
 * IDEMPOTENCY_CONFLICT when the key was used for something else.
 */
export async function keepIntent(db: Sql, wish: NewIntent): Promise<Intent> {
	try {
		await insertIntent(db, wish);
	} catch (error) {
		if (!isUniqueViolation(error)) throw error;
		const known = await intentOfKey(db, wish);
		if (!known) throw error;
		return known;
	}
	const made = await findIntent(db, wish.id);
	if (!made) throw commonErrors.INTERNAL();
	return made;
}

/** Undefined when the key is new. Throws IDEMPOTENCY_CONFLICT. */
export async function intentOfKey(
	db: Sql,
	{ userId, requestKey, requestHash }: Pick<NewIntent, "userId" | "requestKey" | "requestHash">
): Promise<Intent | undefined> {
	const known = await findIntentByKey(db, userId, requestKey);
	if (known && known.requestHash !== requestHash) throw commonErrors.IDEMPOTENCY_CONFLICT();
	return known;
}

/** When it ends, by `endAt` at the latest, and when the provider is first asked about it. */
export const timesOf = (now: Date, endAt?: Date) => ({
	createdAt: now,
	expiresAt: new Date(
		Math.min(now.getTime() + limits.paymentLifeSeconds * 1_000, endAt?.getTime() ?? Infinity)
	),
	lookAt: new Date(now.getTime() + limits.paymentStuckSeconds * 1_000)
});

/**
 * Has the provider make the page. It makes one per intent, so that a request that was cut off
 * here may simply be sent again. Throws PROVIDER_UNAVAILABLE.
 */
export async function openCheckout(
	db: Sql,
	intent: Intent,
	{ provider, env }: { provider: PaymentProvider; env: Env }
): Promise<Intent> {
	if (intent.checkoutUrl !== null || intent.status !== "created") return intent;
	const { id, amount, currency, expiresAt } = intent;
	const checkout = await provider.createCheckout({
		...{ intentId: id, amount, currency, expiresAt },
		...pageOf(intent, shopUrl(env))
	});
	const now = new Date();
	const opened = await db.transaction((tx) => open(tx, id, { checkout, now }));
	return opened ?? intent;
}

/** What the page says is paid for, and where it leads back to. */
function pageOf({ id, purpose, reference, coins }: Intent, shop: string) {
	if (purpose === "recharge") {
		return { description: `${coins} coins`, returnUrl: `${shop}/wallet?recharge=${id}` };
	}
	const [kind, number] = reference.split(":");
	const description = kind === "order" ? `Order ${number}` : `Checkout ${number}`;
	return { description, returnUrl: `${shop}/orders?${kind}=${number}` };
}

const shopUrl = (env: Env): string =>
	env.publicUrl ?? `http://${reachable(env.host)}:${env.ports.http}`;
