import type { Board } from "./board.ts";
import { each, perSecond, quantile, total, worst } from "./promql.ts";

const channel = { by: "channel, group" };

export const data: Board = {
	name: "data",
	title: "data",
	rows: {
		"Durable messages": [
			{
				...{ title: "Canary age", unit: "ms" },
				about: "Since the newest message that went outbox, bus, consumer was sent.",
				series: { age: worst("outbox_canary_age_milliseconds") }
			},
			{
				...{ title: "Outbox lag", unit: "ms" },
				series: { "oldest message that is due": worst("outbox_oldest_age_milliseconds") }
			},
			{
				...{ title: "Outbox backlog", unit: "short" },
				series: { due: worst("outbox_pending"), "dead letters": worst("outbox_dead_letters") }
			},
			{
				...{ title: "Messages sent and handled per second", unit: "ops" },
				series: {
					"{{channel}} sent": perSecond("moleculer_channels_messages_sent", { by: "channel" }),
					"{{channel}} by {{group}}": perSecond("moleculer_channels_messages_total", channel)
				}
			},
			{
				...{ title: "Messages that failed, per second", unit: "ops" },
				series: {
					"{{channel}} by {{group}} again": perSecond(
						"moleculer_channels_messages_retries_total",
						channel
					),
					"{{channel}} by {{group}} failed": perSecond(
						"moleculer_channels_messages_errors_total",
						channel
					),
					"{{channel}} by {{group}} buried": perSecond(
						"moleculer_channels_messages_deadLettering_total",
						channel
					)
				}
			},
			{
				...{ title: "Handlers: under way, and p99", unit: "short" },
				series: {
					"{{channel}} under way": total("moleculer_channels_messages_active", { by: "channel" }),
					"{{channel}} p99 ms": quantile(0.99, "moleculer_channels_messages_time", {
						by: "channel"
					})
				}
			}
		],
		"Group commits": [
			{
				...{ title: "Intents per second", unit: "ops" },
				series: { "{{lane}}": perSecond("group_commit_items_total", { by: "lane" }) }
			},
			{
				...{ title: "Commits: per second, and p99", unit: "short" },
				series: {
					"{{lane}} per second": perSecond("group_commit_milliseconds_count", { by: "lane" }),
					"{{lane}} p99 ms": quantile(0.99, "group_commit_milliseconds", { by: "lane" })
				}
			},
			{
				...{ title: "Waiting", unit: "short" },
				series: { "{{lane}} on {{nodeID}}": each("group_commit_waiting") }
			}
		],
		SQL: [
			{
				...{ title: "Transactions per second, by their end", unit: "ops" },
				series: {
					"{{ending}}": perSecond("sql_transaction_milliseconds_count", { by: "ending" }),
					"run again": perSecond("sql_transaction_retries_total")
				}
			},
			{
				...{ title: "How long they take, p99", unit: "ms" },
				series: { "{{ending}}": quantile(0.99, "sql_transaction_milliseconds", { by: "ending" }) }
			},
			{
				...{ title: "Connections", unit: "short" },
				series: {
					"{{nodeID}} {{server}}": each("sql_connections_used"),
					"{{nodeID}} {{server}} waited for": each("sql_connections_waiting")
				}
			},
			{
				...{ title: "Replica", unit: "ms" },
				about: "Lag in steps of a canary, 5 s.",
				series: {
					behind: worst("sql_replica_lag_milliseconds"),
					"gave no answer, per second": perSecond("sql_replica_silent_total")
				}
			},
			{
				...{ title: "Clock of MySQL ahead of ours", unit: "ms" },
				series: { "{{nodeID}}": each("sql_clock_drift_milliseconds") }
			}
		],
		"Redis and cache": [
			{
				...{ title: "Redis answers", unit: "short" },
				series: { "{{nodeID}}": each("redis_connected") }
			},
			{
				...{ title: "Redis, an empty question", unit: "ms" },
				series: { "{{nodeID}}": each("redis_ping_milliseconds") }
			},
			{
				...{ title: "Cached values per second", unit: "ops" },
				series: {
					"{{namespace}} {{outcome}}": perSecond("cache_reads_total", { by: "namespace, outcome" }),
					"{{nodeID}} is alone": each("cache_alone")
				}
			}
		]
	}
};
