/**
 * Metrics: Moleculer's registry, made lean, behind our Prometheus endpoint.
 *
 * Services add their own through `this.broker.metrics.register({ type, name, description })` and
 * `this.broker.metrics.set(name, value)`; both do nothing where metrics are off. Names are dotted
 * and end in their unit: `outbox.oldest.age.milliseconds`; Prometheus sees `_` for each dot.
 * Labels hold words of the code only (an action, an error code): never an id, a path or a text of
 * a user.
 */
import type { BrokerOptions, Middleware, ServiceBroker } from "moleculer";
import type { Env } from "../env.ts";
import { Prometheus } from "./prometheus.ts";

/** Upper bounds in milliseconds. */
const bucketsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/** What of Moleculer's own is worth storing; the rest says nothing or says it wrongly. */
const ofMoleculer = [
	/^moleculer\.broker\.started$/,
	/^moleculer\.request\.(total|active|time|error\.total|timeout\.total|retry\.attempts\.total)$/,
	/^moleculer\.request\.bulkhead\./,
	/^moleculer\.event\.received\.(total|time|error\.total)$/,
	/^moleculer\.transit\.(publish|receive)\.total$/,
	/^moleculer\.transporter\.packets\./,
	/^moleculer\.registry\.(nodes\.online|services)\.total$/,
	/^moleculer\.circuit-breaker\./,
	/^moleculer\.channels\./
];

const isExported = (name: string): boolean =>
	!name.startsWith("moleculer.") || ofMoleculer.some((pattern) => pattern.test(name));

/**
 * The `metrics` option of a broker: off without METRICS_PORT. Moleculer's process figures stay
 * off: they show the command line and the user's home, and ask all CPUs every five seconds.
 */
export function metricsOptions(env: Env): NonNullable<BrokerOptions["metrics"]> {
	const { host, nodeId, ports } = env;
	if (ports.metrics === undefined) return { enabled: false };
	const reporter = new Prometheus({ host, port: ports.metrics, nodeId, includes: isExported });
	return {
		enabled: true,
		collectProcessMetrics: false,
		// The declared type knows the built-in reporters only; the code takes any of the base class.
		reporter: reporter as never
	};
}

/** Who calls multiplies the series, and the name of an error says what its type says. */
const droppedLabels = new Set(["caller", "errorName"]);

/**
 * Registers Moleculer's metrics again without their quantiles (a list of all samples of a minute,
 * sorted at each scrape), rates (a timer per series; Prometheus computes them) and widest labels.
 * It runs in `starting`: all of Moleculer's middlewares have registered theirs by then, nothing
 * has been counted, and Moleculer looks its metrics up by name at each use.
 */
export function leanMetrics(): Middleware {
	return {
		name: "LeanMetrics",
		async starting(broker: ServiceBroker) {
			if (!broker.isMetricsEnabled()) return;
			for (const metric of [...broker.metrics.store.values()]) {
				const { type, name, description, values } = metric;
				if (!name.startsWith("moleculer.") || values.size > 0) continue;
				broker.metrics.register({
					type: type as "histogram",
					name,
					labelNames: metric.labelNames.filter((label) => !droppedLabels.has(label)),
					...(description === undefined ? {} : { description }),
					...(type === "histogram" ? { buckets: bucketsMs } : {})
				});
			}
		}
	};
}
