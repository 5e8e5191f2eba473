/**
 * How every broker of the platform is built: only what differs from Moleculer's defaults, which
 * are not fault tolerant (no timeout, no breaker, 30 s until a dead node is noticed).
 * Figures behind the choices: docs/adr/0004-balancing-and-breaking.md.
 */
import type { BrokerOptions, Middleware } from "moleculer";
import { requestContext } from "../lib/request-context.ts";
import { audit } from "../middlewares/audit.ts";
import { auth } from "../middlewares/auth.ts";
import { idempotent } from "../middlewares/idempotent.ts";
import { owner } from "../middlewares/owner.ts";
import { rateLimit } from "../middlewares/rate-limit.ts";
import { returns } from "../middlewares/returns.ts";
import { ContractValidator } from "../middlewares/validator.ts";
import { channelsMiddleware } from "../mixins/channels/index.ts";
import { breakerOptions, forgetLostNodes } from "./balancing/breaker.ts";
import { mayRepeat } from "./balancing/faults.ts";
import { Heartbeats } from "./balancing/heartbeats.ts";
import { LeastPending } from "./balancing/load.ts";
import { NatsTransporter } from "./balancing/nats-transporter.ts";
import { remoteCalls } from "./balancing/remote-calls.ts";
import { bindEnv, type Env } from "./env.ts";
import { markReady, stopCleanly } from "./lifecycle.ts";
import { limits } from "./limits.ts";
import { clusterNamespace, natsOptions } from "./nats.ts";
import { loggerOptions } from "./observability/logger.ts";
import { leanMetrics, metricsOptions } from "./observability/metrics.ts";
import { processMetrics } from "./observability/process-metrics.ts";
import { tracingOptions } from "./observability/tracing.ts";

/** Policies are met from the last to the first: who calls is asked before what belongs to whom. */
const middlewaresOf = (env: Env): Middleware[] => [
	...(env.production ? [] : [returns()]),
	idempotent(),
	owner(),
	audit(),
	rateLimit(),
	auth(),
	channelsMiddleware(env),
	requestContext(),
	remoteCalls(),
	leanMetrics(),
	processMetrics()
];

export function brokerOptions(env: Env, overrides: BrokerOptions = {}): BrokerOptions {
	return {
		namespace: clusterNamespace,
		nodeID: env.nodeId,
		logger: loggerOptions(env),
		metrics: metricsOptions(env),
		tracing: tracingOptions(env, env.traceRatio),
		...(env.natsUrl ? { transporter: new NatsTransporter(natsOptions(env.natsUrl)) } : {}),
		serializer: "CBOR",
		requestTimeout: limits.callMillisecondsMax,
		dependencyInterval: 100,
		maxCallLevel: limits.callDepthMax,
		heartbeatInterval: limits.heartbeatSeconds,
		heartbeatTimeout: limits.heartbeatSilenceSecondsMax,
		tracking: { enabled: true, shutdownTimeout: limits.drainMillisecondsMax },
		transit: { maxQueueSize: limits.pendingCallsMax },
		registry: { preferLocal: true, strategy: LeastPending, discoverer: new Heartbeats() },
		circuitBreaker: breakerOptions,
		// Only what certainly did not run, or is a read, and only after a call to another node.
		retryPolicy: {
			...{ enabled: true, retries: limits.callRetriesMax, delay: 50, maxDelay: 500, factor: 2 },
			check: mayRepeat
		},
		validator: new ContractValidator(),
		middlewares: middlewaresOf(env),
		skipProcessEventRegistration: true,
		...overrides,
		created(broker) {
			bindEnv(broker, env);
			stopCleanly(broker);
			forgetLostNodes(broker);
			overrides.created?.(broker);
		},
		async started(broker) {
			await overrides.started?.(broker);
			markReady(broker);
		}
	} as BrokerOptions;
}
