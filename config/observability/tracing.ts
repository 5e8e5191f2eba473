/** The `tracing` option of a broker: spans of actions, events and channels to OTLP_URL. */
import { hostname } from "node:os";
import type { BrokerOptions } from "moleculer";
import packageJson from "../../package.json" with { type: "json" };
import type { Env } from "../env.ts";
import { OtlpExporter } from "./otlp.ts";

/** Moleculer stores all params in the span unless told otherwise. */
const nothing = { params: false, meta: false };

/**
 * Off without OTLP_URL. `ratio` of the traces is kept, decided where a trace begins and carried to
 * every node it reaches; Moleculer keeps each n-th, n being the next whole number above 1 / ratio.
 */
export function tracingOptions(env: Env, ratio: number = 1): NonNullable<BrokerOptions["tracing"]> {
	if (!env.otlpUrl) return { enabled: false };
	const { version } = packageJson;
	const exporter = new OtlpExporter({
		url: env.otlpUrl,
		process: { version, nodeId: env.nodeId, host: hostname(), role: env.role }
	});
	return {
		enabled: true,
		// The declared type knows the built-in exporters only; the code takes any of the base class.
		exporter: exporter as never,
		sampling: { rate: ratio },
		actions: true,
		events: true,
		errorFields: ["name", "code", "type"],
		stackTrace: false,
		tags: { action: { ...nothing, response: false }, event: nothing }
	};
}
