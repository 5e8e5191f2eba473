/**
 * moleculer-web with its defaults made safe. What is overridden here, and why, is listed in
 * docs/adr/0003-edge.md. Sockets are mounted on its server by `im-gateway`.
 */
import type { IncomingMessage, Server } from "node:http";
import type { ServiceSchema } from "moleculer";
import web from "moleculer-web";
import { type Env, envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { addressList } from "../../lib/addresses.ts";
import { clientAddress, peerOf } from "../../lib/client-address.ts";
import type { Ctx } from "../../lib/context.ts";
import type { Contract } from "../../lib/contract.ts";
import type { Mixin } from "../../lib/service.ts";
import { parseTraceparent } from "../../lib/traceparent.ts";
import { requestIdOf } from "./gateway.request.ts";
import { routesOf } from "./gateway.routes.ts";
import type { Connect } from "./gateway.security.ts";

/** What moleculer-web hangs on a request on its way to the handler. */
export interface EdgeRequest extends IncomingMessage {
	$ctx: Ctx;
	$action?: { name: string; strategy?: string };
	$endpoint?: unknown;
	/** With `mergeParams: false`: body, query and path apart. */
	$params: { body: unknown; query: Record<string, unknown>; params: Record<string, string> };
}

export interface EdgeMembers {
	readonly server: Server;
	/** moleculer-web's last resort: what serves a request that no route took. */
	serve: Connect;
}

export function edge(contracts: readonly Contract[]): Mixin<EdgeMembers> {
	return {
		mixins: [web] as unknown as Partial<ServiceSchema>[],
		settings: {
			// Functions cannot travel in the registry, and nobody else needs these.
			$secureSettings: ["routes", "rootCallOptions", "onError", "qsOptions"]
		},
		// Runs before any `created`: the library reads its settings there.
		merged(this: { broker: Parameters<typeof envOf>[0] }, schema: ServiceSchema) {
			Object.assign(schema.settings as object, settingsOf(envOf(this.broker), contracts));
		},
		created(this: EdgeMembers) {
			this.server.headersTimeout = limits.headersMillisecondsMax;
			this.server.maxRequestsPerSocket = 0;
		}
	} as unknown as Mixin<EdgeMembers>;
}

function settingsOf(env: Env, contracts: readonly Contract[]) {
	const isTrusted = addressList(env.trustedProxies);
	return {
		port: env.ports.http,
		ip: env.host,
		requestTimeout: limits.requestSecondsMax * 1_000,
		logRequest: false,
		logRequestParams: false,
		logResponse: false,
		logRouteRegistration: false,
		routes: routesOf(env, contracts),
		qsOptions: { depth: 0, parameterLimit: 50, arrayLimit: 0, ignoreQueryPrefix: true },
		// The client's own id is taken only when it can stand in a log line; else a new one is made.
		rootCallOptions(options: Record<string, unknown>, request: IncomingMessage) {
			options.requestID = requestIdOf(request);
			options.meta = { clientAddress: clientAddress(request, isTrusted) };
			// Only a proxy of ours may join us to its trace: others could make us sample everything.
			if (isTrusted(peerOf(request))) options.parentSpan = parentSpanOf(request);
		}
	};
}

function parentSpanOf({ headers }: IncomingMessage) {
	const parent = parseTraceparent(headers.traceparent as string | undefined);
	if (!parent) return undefined;
	return { id: parent.parentId, traceID: parent.traceId, sampled: parent.sampled };
}
