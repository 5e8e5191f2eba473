import type { Board } from "./board.ts";
import { each, perSecond, quantile, times, total, worst } from "./promql.ts";

const calls = "moleculer_request_total";
const failures = "moleculer_request_error_total";
const duration = "moleculer_request_time";
const here = 'type="local"';

export const cluster: Board = {
	name: "cluster",
	title: "cluster",
	rows: {
		Requests: [
			{
				...{ title: "Requests per second by action", unit: "reqps" },
				series: { "{{action}}": perSecond(calls, { by: "action", where: here }) }
			},
			{
				...{ title: "Failures per second by action", unit: "reqps" },
				about: "Faults only; answers of an error table are beside it.",
				series: {
					"{{action}}": perSecond(failures, { by: "action", where: `${here}, errorCode!~"4.."` })
				}
			},
			{
				...{ title: "Refusals per second by type", unit: "reqps" },
				series: {
					"{{errorType}}": perSecond(failures, {
						...{ by: "errorType", where: `${here}, errorCode=~"4.."` }
					})
				}
			},
			{ title: "Latency of all actions", unit: "ms", series: times(duration, here) },
			{
				...{ title: "Slowest actions, p99", unit: "ms" },
				series: {
					"{{action}}": `topk(10, ${quantile(0.99, duration, { by: "action", where: here })})`
				}
			},
			{
				...{ title: "Calls under way", unit: "short" },
				series: {
					"{{nodeID}}": total("moleculer_request_active", { by: "nodeID", where: here }),
					"{{nodeID}} held back": total("moleculer_request_bulkhead_inflight", { by: "nodeID" }),
					"{{nodeID}} queued": total("moleculer_request_bulkhead_queue_size", { by: "nodeID" })
				}
			}
		],
		"Between nodes": [
			{
				...{ title: "Nodes online", unit: "short", isNumber: true },
				series: { nodes: worst("moleculer_registry_nodes_online_total") }
			},
			{
				...{ title: "Services known and nodes started", unit: "short" },
				series: {
					"services of {{nodeID}}": each("moleculer_registry_services_total"),
					"{{nodeID}} started": each("moleculer_broker_started")
				}
			},
			{
				...{ title: "Retries and timeouts per second", unit: "ops" },
				series: {
					retries: perSecond("moleculer_request_retry_attempts_total"),
					timeouts: perSecond("moleculer_request_timeout_total")
				}
			},
			{
				...{ title: "Breakers open", unit: "short" },
				series: {
					"{{action}} on {{affectedNodeID}}":
						"sum by (action, affectedNodeID) (moleculer_circuit_breaker_opened_active) > 0",
					"{{action}} on {{affectedNodeID}} on trial":
						"sum by (action, affectedNodeID) (moleculer_circuit_breaker_half_opened_active) > 0"
				}
			},
			{
				...{ title: "Breakers opened per second", unit: "ops" },
				series: {
					"{{action}}": perSecond("moleculer_circuit_breaker_opened_total", { by: "action" })
				}
			},
			{
				...{ title: "Calls to other nodes without an answer yet", unit: "short" },
				series: { "{{nodeID}}": each("transit_requests_pending") }
			},
			{
				...{ title: "Bus traffic", unit: "Bps" },
				series: {
					"{{nodeID}} sent": perSecond("moleculer_transporter_packets_sent_bytes", {
						by: "nodeID"
					}),
					"{{nodeID}} received": perSecond("moleculer_transporter_packets_received_bytes", {
						by: "nodeID"
					})
				}
			},
			{
				...{ title: "Packets per second by kind", unit: "ops" },
				series: {
					"{{type}} sent": perSecond("moleculer_transit_publish_total", { by: "type" }),
					"{{type}} received": perSecond("moleculer_transit_receive_total", { by: "type" }),
					"all written": perSecond("moleculer_transporter_packets_sent_total"),
					"all read": perSecond("moleculer_transporter_packets_received_total")
				}
			},
			{
				...{ title: "Events handled per second", unit: "ops" },
				series: {
					"{{event}}": perSecond("moleculer_event_received_total", { by: "event" }),
					"{{event}} failed": perSecond("moleculer_event_received_error_total", { by: "event" })
				}
			},
			{
				...{ title: "How long events took", unit: "ms" },
				series: times("moleculer_event_received_time")
			}
		],
		Processes: [
			{
				...{ title: "Event loop lag", unit: "ms" },
				series: {
					"{{nodeID}} p99": each("process_event_loop_lag_milliseconds", 'stat="p99"'),
					"{{nodeID}} max": each("process_event_loop_lag_milliseconds", 'stat="max"')
				}
			},
			{
				...{ title: "Event loop busy", unit: "percentunit" },
				series: { "{{nodeID}}": each("process_event_loop_utilization") }
			},
			{
				...{ title: "CPU cores used", unit: "short" },
				series: { "{{nodeID}}": perSecond("process_cpu_seconds_total", { by: "nodeID" }) }
			},
			{
				...{ title: "Memory", unit: "bytes" },
				series: {
					"{{nodeID}} all": each("process_memory_rss_bytes"),
					"{{nodeID}} heap in use": each("process_memory_heap_used_bytes"),
					"{{nodeID}} heap": each("process_memory_heap_total_bytes"),
					"{{nodeID}} buffers": each("process_memory_external_bytes")
				}
			},
			{
				...{ title: "Files and sockets open", unit: "short" },
				series: {
					"{{nodeID}}": each("process_files_open"),
					"{{nodeID}} at most": each("process_files_max")
				}
			},
			{
				...{ title: "Spans per second, and uptime", unit: "short" },
				series: {
					"{{nodeID}} exported": perSecond("tracing_spans_exported_total", { by: "nodeID" }),
					"{{nodeID}} dropped": perSecond("tracing_spans_dropped_total", { by: "nodeID" }),
					"{{nodeID}} seconds up": each("process_uptime_seconds")
				}
			}
		]
	}
};
