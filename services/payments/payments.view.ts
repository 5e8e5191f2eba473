/** What callers see of packages, intents and anomalies. */
import type { Static } from "../../lib/schemas.ts";
import type { AnomalyRow } from "./payments.events.model.ts";
import type { Intent } from "./payments.intents.model.ts";
import type { Package } from "./payments.packages.model.ts";
import type { Anomaly, ManagedPackage, Recharge } from "./payments.schemas.ts";

export const packageView = ({ id, coins, amount, currency }: Package) => ({
	id,
	coins,
	price: { amount, currency }
});

export const managedView = (pack: Package): Static<typeof ManagedPackage> => ({
	...packageView(pack),
	position: pack.position,
	isActive: pack.isActive
});

export const rechargeView = (intent: Intent): Static<typeof Recharge> => ({
	id: intent.id,
	status: intent.status,
	checkoutUrl: intent.checkoutUrl,
	provider: intent.provider,
	coins: intent.coins,
	price: { amount: intent.amount, currency: intent.currency },
	createdAt: intent.createdAt.toISOString(),
	expiresAt: intent.expiresAt.toISOString()
});

type AnomalyView = Static<typeof Anomaly>;

export function anomalyView({ word, intent, at, ...row }: AnomalyRow): AnomalyView {
	const view = {
		...row,
		kind: word,
		intent: intent && {
			id: intent.id,
			userId: intent.userId,
			status: intent.status,
			price: { amount: intent.amount, currency: intent.currency }
		},
		at: at.toISOString()
	};
	// The rows were chosen by their outcome.
	return view as AnomalyView;
}
