/** What flash sales tell of themselves. */
import type { ServiceBroker } from "moleculer";
import { register } from "../../mixins/figures.ts";

const name = "flash-sales.units.leaked.total";

/** Counts units by which a gate knew less than the database: each was a buyer refused too early. */
export function countLeaks(broker: ServiceBroker): (units: number) => void {
	const description = "Units that a gate had lost with a node and got back from the database";
	register(broker, [{ type: "counter", name, description }]);
	return (units) => void broker.metrics?.increment(name, {}, units);
}
