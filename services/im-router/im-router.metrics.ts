/** What the router tells of itself. */
import type { ServiceBroker } from "moleculer";

const counters = {
	"im.lines.forwarded.total": "Messages that nodes have taken over for their sockets",
	"im.lines.shed.total": "Messages that did not reach a node on the direct way, by reason",
	"im.lines.retried.total": "Kept messages sent to a node again because it did not answer",
	"im.rows.repaired.total": "Rows of connections and rooms that a forward found to be wrong",
	"im.messages.redelivered.total": "Kept messages put before a device that came back",
	"im.messages.not-owed.total": "Kept messages that only the inbox will show: too many are owed"
} as const;

const gauges = {
	"im.lines.waiting": "Messages in the lanes to all nodes",
	"im.users.owed": "Users to whom a kept message is pushed again soon"
} as const;

export type Counter = keyof typeof counters;
export type Gauge = keyof typeof gauges;

export interface RouterMetrics {
	count(name: Counter, value: number, reason?: string): void;
	set(name: Gauge, value: number): void;
}

/** Does nothing where metrics are off. */
export function routerMetrics({ metrics }: ServiceBroker, enabled: boolean): RouterMetrics {
	if (!enabled) return { count: () => {}, set: () => {} };
	for (const [name, description] of Object.entries(counters)) {
		const labelNames = name === "im.lines.shed.total" ? ["reason"] : [];
		metrics.register({ type: "counter", name, description, labelNames });
	}
	for (const [name, description] of Object.entries(gauges)) {
		metrics.register({ type: "gauge", name, description });
	}
	return {
		count(name, value, reason) {
			if (value > 0) metrics.increment(name, reason === undefined ? undefined : { reason }, value);
		},
		set: (name, value) => void metrics.set(name, value)
	};
}
