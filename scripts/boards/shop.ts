import type { Board } from "./board.ts";
import { perSecond, quantile, times } from "./promql.ts";

const duration = "moleculer_request_time";
const calls = "moleculer_request_total";
const refusals = "moleculer_request_error_total";
const action = (name: string): string => `type="local", action="${name}"`;
const shopping = 'type="local", service=~"orders|carts|stock|products|room-products"';

export const shop: Board = {
	name: "shop",
	title: "shop",
	rows: {
		"Flash sales": [
			{
				...{ title: "Purchases per second", unit: "ops" },
				about: "What is asked and not committed was sold out, or refused at the gate.",
				series: {
					asked: perSecond(calls, { where: action("flash-sales.buy") }),
					committed: perSecond("group_commit_items_total", { where: 'lane="flash-sales"' })
				}
			},
			{
				...{ title: "How long a purchase takes", unit: "ms" },
				series: times(duration, action("flash-sales.buy"))
			},
			{
				...{ title: "Units a gate had lost, per second", unit: "ops" },
				about: "Drift of gates against SQL that the balance put right.",
				series: { units: perSecond("flash_sales_units_leaked_total") }
			}
		],
		"Orders and stock": [
			{
				...{ title: "Orders per second", unit: "ops" },
				series: {
					placed: perSecond(calls, { where: action("orders.place") }),
					"payments begun": perSecond(calls, { where: action("orders.pay") }),
					cancelled: perSecond(calls, { where: action("orders.cancel") })
				}
			},
			{
				...{ title: "How long an order takes", unit: "ms" },
				series: times(duration, action("orders.place"))
			},
			{
				...{ title: "Refused or failed per second", unit: "ops" },
				series: {
					"{{action}} {{errorType}}": perSecond(refusals, {
						...{ by: "action, errorType", where: shopping }
					})
				}
			},
			{
				...{ title: "Calls per second", unit: "ops" },
				series: { "{{action}}": perSecond(calls, { by: "action", where: shopping }) }
			},
			{
				...{ title: "Slowest, p99", unit: "ms" },
				series: { "{{action}}": quantile(0.99, duration, { by: "action", where: shopping }) }
			}
		]
	}
};
