/** A bare broker with logs, metrics and tracing as the platform has them, and nothing else. */
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { type Env, loadEnv } from "../../config/env.ts";
import { loggerOptions } from "../../config/observability/logger.ts";
import { leanMetrics, metricsOptions } from "../../config/observability/metrics.ts";
import { processMetrics } from "../../config/observability/process-metrics.ts";
import { tracingOptions } from "../../config/observability/tracing.ts";
import { requestContext } from "../../lib/request-context.ts";

export interface Line {
	readonly level: string;
	readonly time: string;
	readonly nodeID: string;
	readonly service: string;
	readonly msg: string;
	readonly requestId?: string;
	readonly userId?: string;
	readonly data?: unknown;
	readonly err?: { readonly message: string; readonly stack: string };
}

/** Keeps what a broker logs: the raw text, and each line of it as an object. */
export class Captured {
	readonly raw: string[] = [];
	write(line: string): void {
		this.raw.push(line);
	}
	get lines(): Line[] {
		return this.raw.map((line) => JSON.parse(line) as Line);
	}
	line(msg: string): Line {
		const found = this.lines.find((line) => line.msg === msg);
		if (!found) throw new Error(`There is no line "${msg}".`);
		return found;
	}
}

export interface Observed {
	readonly nodeId: string;
	readonly variables?: Readonly<Record<string, string>>;
	readonly services: readonly ServiceSchema[];
	readonly log?: Captured;
	/** Share of traces that is kept. */
	readonly ratio?: number;
	/** Brokers of one namespace see each other through Moleculer's in-process transporter. */
	readonly namespace?: string;
	readonly options?: object;
}

export async function startObserved(observed: Observed): Promise<ServiceBroker> {
	const { nodeId, variables, namespace, services } = observed;
	const env: Env = { ...loadEnv({ NODE_ENV: "test", ...variables }), nodeId };
	const broker = new ServiceBroker({
		nodeID: nodeId,
		logger: loggerOptions(env, observed.log ?? new Captured()),
		metrics: metricsOptions(env),
		tracing: tracingOptions(env, observed.ratio),
		middlewares: [requestContext(), leanMetrics(), processMetrics()],
		skipProcessEventRegistration: true,
		requestTimeout: 5_000,
		...(namespace ? { namespace, transporter: "Fake" } : {}),
		...observed.options
	});
	for (const schema of services) broker.createService(schema);
	await broker.start();
	return broker;
}
