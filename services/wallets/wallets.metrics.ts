/** The cheapest proof of the ledger, again and again; `npm run ledger:verify` is the whole one. */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { register, sample } from "../../mixins/figures.ts";
import type { Sql } from "../../mixins/sql/index.ts";
import { totals } from "./wallets.verify.model.ts";

const name = "wallets.currencies.adrift";

/** Takes figures until the answer is called; reads may lag, as one statement sees one moment. */
export function watchLedger(broker: ServiceBroker, db: Sql): () => void {
	const description = "Currencies whose accounts, all together, are not zero: coins from nowhere";
	register(broker, [{ type: "gauge", name, description }]);
	const take = async () => {
		broker.metrics.set(name, (await db.replica.query(totals.total)).length);
	};
	return sample(broker, take, limits.walletSumMilliseconds);
}
