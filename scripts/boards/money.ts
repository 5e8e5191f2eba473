import type { Board } from "./board.ts";
import { perSecond, quantile, times, worst } from "./promql.ts";

const duration = "moleculer_request_time";
const calls = "moleculer_request_total";
const refusals = "moleculer_request_error_total";
const of = (services: string): string => `type="local", service=~"${services}"`;

export const money: Board = {
	name: "money",
	title: "money",
	rows: {
		Gifts: [
			{
				...{ title: "Gifts per second", unit: "ops" },
				series: {
					asked: perSecond(calls, { where: 'type="local", action="gifts.send"' }),
					committed: perSecond("group_commit_items_total", { where: 'lane="gifts"' })
				}
			},
			{
				...{ title: "How long a gift takes", unit: "ms" },
				series: times(duration, 'type="local", action="gifts.send"')
			},
			{
				...{ title: "Gifts refused per second, by reason", unit: "ops" },
				series: {
					"{{errorType}}": perSecond(refusals, {
						...{ by: "errorType", where: 'type="local", action="gifts.send"' }
					})
				}
			}
		],
		"Ledger and payments": [
			{
				...{ title: "Currencies adrift", unit: "short", isNumber: true },
				about: "Anything but 0 is coins from nowhere.",
				series: { currencies: worst("wallets_currencies_adrift") }
			},
			{
				...{ title: "Payments nobody could place", unit: "short", isNumber: true },
				series: { anomalies: worst("payments_anomalies") }
			},
			{
				...{ title: "Oldest refund, and latest look at a payment", unit: "ms" },
				series: {
					"refund waits": worst("payments_refund_age_milliseconds"),
					"look is late": worst("payments_look_late_milliseconds")
				}
			},
			{
				...{ title: "Calls per second", unit: "ops" },
				series: {
					"{{action}}": perSecond(calls, { by: "action", where: of("wallets|payments|ranks") })
				}
			},
			{
				...{ title: "Slowest, p99", unit: "ms" },
				series: {
					"{{action}}": quantile(0.99, duration, {
						...{ by: "action", where: of("wallets|payments|gifts|ranks") }
					})
				}
			},
			{
				...{ title: "Refused or failed per second", unit: "ops" },
				series: {
					"{{action}} {{errorType}}": perSecond(refusals, {
						...{ by: "action, errorType", where: of("wallets|payments") }
					})
				}
			}
		]
	}
};
