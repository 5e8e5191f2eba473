/** What payments tell of themselves: what waits, and what nobody could place. */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { type Figure, register, sample } from "../../mixins/figures.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import { countAnomalies } from "./payments.events.model.ts";
import { oldestLook } from "./payments.intents.model.ts";
import { oldestRefund } from "./payments.refunds.model.ts";

const anomalies = "payments.anomalies";
const [refund, look] = ["payments.refund.age.milliseconds", "payments.look.late.milliseconds"];

const figures: readonly Figure[] = [
	{
		...{ type: "gauge", name: anomalies },
		description: "What providers said that fitted nothing of ours; people look at each"
	},
	{
		...{ type: "gauge", name: refund },
		description: "How long the oldest refund waits for its provider"
	},
	{
		...{ type: "gauge", name: look },
		description: "How long the oldest payment that should be asked after has not been"
	}
];

/** Takes figures until the answer is called. Every node tells the same: the worst counts. */
export function watchPayments(broker: ServiceBroker, db: Queryable): () => void {
	register(broker, figures);
	return sample(broker, async () => {
		const now = Date.now();
		const age = (since: Date | null): number => (since ? Math.max(0, now - since.getTime()) : 0);
		broker.metrics.set(anomalies, await countAnomalies(db, limits.paymentAnomaliesCountedMax));
		broker.metrics.set(refund, age(await oldestRefund(db)));
		broker.metrics.set(look, age(await oldestLook(db)));
	});
}
