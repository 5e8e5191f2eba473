/**
 * Metrics for Prometheus over HTTP: Moleculer's reporter with its faults mended.
 *
 * Moleculer's own one dies of a port in use (an unhandled "error" event), forgets the host when
 * the port is 0, hangs in `stop` on a scrape that never ends, breaks the rest of `broker.stop()`
 * when it never listened, and writes no `_sum` and `_count` without quantiles, which it keeps as a
 * list of all samples of the last minute.
 */
import { type MetricRegistry, MetricReporters } from "moleculer";
import { limits } from "../limits.ts";

type Labels = Record<string, unknown>;

/** What Moleculer's metrics hand out; its own types leave the histogram's fields open. */
interface Sample {
	readonly labels: Labels;
	readonly value?: unknown;
	readonly count?: number;
	readonly sum?: number;
	readonly buckets?: Readonly<Record<string, number>>;
}

const escaped = (value: unknown): string =>
	String(value ?? "")
		.replaceAll("\\", "\\\\")
		.replaceAll('"', '\\"')
		.replaceAll("\n", "\\n");

const number = (value: unknown): string => (typeof value === "number" ? String(value) : "NaN");

export interface PrometheusOptions {
	readonly host: string;
	readonly port: number;
	readonly nodeId: string;
	/** Which metrics are shown, by their dotted name. */
	readonly includes: (name: string) => boolean;
}

export class Prometheus extends MetricReporters.Prometheus {
	readonly #options: PrometheusOptions;
	readonly #overflowed = new Set<string>();
	/** Resolves when the server listens or cannot. */
	#settled: Promise<void> | undefined;

	constructor(options: PrometheusOptions) {
		super({ host: options.host, port: options.port });
		this.#options = options;
		this.opts.host = options.host;
	}

	override init(registry: MetricRegistry): void {
		super.init(registry);
		this.server.requestTimeout = limits.requestSecondsMax * 1000;
		this.#settled = new Promise((resolve) => {
			this.server.once("listening", resolve);
			// A node without metrics still serves people; one that ends because of them does not.
			this.server.on("error", (error) => {
				this.logger.error(
					"The metrics endpoint cannot listen; the node goes on without it.",
					error
				);
				resolve();
			});
		});
	}

	override async stop(): Promise<void> {
		// A broker that stops at once would else leave a server behind that is only about to listen.
		await this.#settled;
		if (!this.server.listening) return;
		const closed = super.stop();
		this.server.closeAllConnections();
		await closed;
	}

	override matchMetricName(name: string): boolean {
		return this.#options.includes(name);
	}

	/** The text exposition format 0.0.4. Metrics without a value yet show their type alone. */
	override generatePrometheusResponse(): string {
		const lines: string[] = [];
		for (const metric of this.registry.store.values()) {
			if (!this.matchMetricName(metric.name)) continue;
			const name = metric.name.replaceAll(/[.:-]/g, "_");
			const help = (metric.description ?? metric.name).replaceAll("\\", "\\\\");
			lines.push(`# HELP ${name} ${help.replaceAll("\n", " ")}`);
			lines.push(`# TYPE ${name} ${metric.type === "info" ? "gauge" : metric.type}`);
			for (const sample of this.#bounded(metric.name, metric.snapshot() as Sample[])) {
				this.#write(lines, name, { type: metric.type, sample });
			}
		}
		return `${lines.join("\n")}\n`;
	}

	#write(lines: string[], name: string, what: { type: string; sample: Sample }): void {
		const { labels, value, count, sum, buckets } = what.sample;
		if (what.type === "info") {
			lines.push(`${name}${this.#labels(labels, { value })} 1`);
		} else if (what.type === "histogram") {
			for (const [le, below] of Object.entries(buckets ?? {})) {
				lines.push(`${name}_bucket${this.#labels(labels, { le })} ${number(below)}`);
			}
			lines.push(`${name}_bucket${this.#labels(labels, { le: "+Inf" })} ${number(count)}`);
			lines.push(`${name}_sum${this.#labels(labels)} ${number(sum)}`);
			lines.push(`${name}_count${this.#labels(labels)} ${number(count)}`);
		} else {
			lines.push(`${name}${this.#labels(labels)} ${number(value)}`);
		}
	}

	#labels(labels: Labels, more: Labels = {}): string {
		const all = Object.entries({ nodeID: this.#options.nodeId, ...labels, ...more });
		return `{${all.map(([key, value]) => `${key}="${escaped(value)}"`).join(",")}}`;
	}

	/** A label that turned out to be unbounded must not take Prometheus down with it. */
	#bounded(name: string, samples: readonly Sample[]): readonly Sample[] {
		if (samples.length <= limits.seriesPerMetricMax) return samples;
		if (!this.#overflowed.has(name)) {
			this.#overflowed.add(name);
			this.logger.error(`Metric ${name} has too many series; only the first ones are shown.`);
		}
		return samples.slice(0, limits.seriesPerMetricMax);
	}
}
