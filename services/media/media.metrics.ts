/** Figures of a media node; nothing where metrics are off. */
import type { ServiceBroker } from "moleculer";

const gauges = {
	"media.streams.open": "Streams that encoders send to this node",
	"media.viewers.open": "Viewers that this node serves",
	"media.encoders.connected": "Connections of encoders, also those that do not stream yet"
};
const counters = {
	"media.in.bytes": "Bytes from encoders",
	"media.out.bytes": "Bytes to viewers"
};
const refused = "media.encoders.refused.total";

export type MediaFigures = Record<keyof typeof gauges | keyof typeof counters, number>;

export function registerMediaMetrics({ metrics }: ServiceBroker): void {
	for (const [name, description] of Object.entries(gauges)) {
		metrics?.register({ type: "gauge", name, description });
	}
	for (const [name, description] of Object.entries(counters)) {
		metrics?.register({ type: "counter", name, description });
	}
	const description = "Encoders that were hung up on before they could stream, by reason";
	metrics?.register({ type: "counter", name: refused, labelNames: ["reason"], description });
}

export function showMediaFigures({ metrics }: ServiceBroker, figures: MediaFigures): void {
	for (const [name, value] of Object.entries(figures)) metrics?.set(name, value);
}

/** `reason` is a word of the code. */
export function countRefusal({ metrics }: ServiceBroker, reason: string): void {
	metrics?.increment(refused, { reason });
}
