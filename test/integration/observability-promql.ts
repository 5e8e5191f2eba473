/** What PromQL names, and what a broker exports; for tests of boards and alerts. */
import type { AddressInfo } from "node:net";
import type { ServiceBroker } from "moleculer";
import type { Prometheus } from "../../config/observability/prometheus.ts";
import { until } from "../harness/until.ts";

/** The text that Prometheus reads. */
export async function exportedBy(broker: ServiceBroker): Promise<string> {
	const [reporter] = broker.metrics.reporter as unknown as Prometheus[];
	if (!reporter) throw new Error("This broker has no metrics endpoint.");
	await until(() => reporter.server.listening);
	const { port } = reporter.server.address() as AddressInfo;
	return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

const keywords = new Set(["by", "without", "on", "and", "or", "unless", "bool", "offset"]);

/** Without texts, label lists and durations. */
const bare = (expression: string): string =>
	expression
		.replaceAll(/"[^"]*"/g, "")
		.replaceAll(/\{[^}]*\}/g, "")
		.replaceAll(/\[[^\]]*\]/g, "")
		.replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, "")
		.replaceAll(/\b\d[\w.]*/g, "");

/** Names of metrics: identifiers that are no function, keyword, label or label value. */
export function metricsIn(expression: string): string[] {
	const names = bare(expression).match(/[a-zA-Z_:][\w:]*\b(?!\s*\()/g) ?? [];
	// `up` is what Prometheus says of a target itself.
	return names.filter((name) => !keywords.has(name) && name !== "up");
}

export const functionsIn = (expression: string): string[] =>
	(bare(expression).match(/[a-zA-Z_]\w*(?=\s*\()/g) ?? []).filter((name) => !keywords.has(name));

/** Names of labels that an expression filters or groups by. */
export function labelsIn(expression: string): string[] {
	const lists = [
		...expression.replaceAll(/"[^"]*"/g, "").matchAll(/\{([^}]*)\}|\bby\s*\(([^)]*)\)/g)
	];
	return lists.flatMap(([, filter, group]) => (filter ?? group ?? "").match(/\w+/g) ?? []);
}
