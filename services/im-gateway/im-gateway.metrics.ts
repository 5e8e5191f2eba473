/** Figures of the sockets of this node; nothing where metrics are off. */
import type { ServiceBroker } from "moleculer";

const gauges = {
	"im.sockets.open": "Sockets on this node",
	"im.rooms.open": "Rooms that have a socket on this node"
};
const counters = {
	"im.messages.shed.total": "Messages left out for readers that were too slow",
	"im.sockets.slow.total": "Sockets closed because they did not read",
	"im.messages.repeated.total": "Reliable messages sent again because they were not acked",
	"im.calls.refused.total": "Calls refused because there were too many"
};

export type ImCounter = keyof typeof counters;

export function registerImMetrics({ metrics }: ServiceBroker): void {
	for (const [name, description] of Object.entries(gauges)) {
		metrics?.register({ type: "gauge", name, description });
	}
	for (const [name, description] of Object.entries(counters)) {
		metrics?.register({ type: "counter", name, description });
	}
}

export function showImFigures(
	{ metrics }: ServiceBroker,
	figures: Record<keyof typeof gauges, number>
): void {
	for (const [name, value] of Object.entries(figures)) metrics?.set(name, value);
}

export const countIm = ({ metrics }: ServiceBroker, name: ImCounter, count = 1): void =>
	void metrics?.increment(name, {}, count);
