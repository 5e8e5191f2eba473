/** The types of `ctx`: what a handler may call, emit and read, checked against the contracts. */
import type { Context, ServiceBroker } from "moleculer";
import type { ActionName, AuthRule, ClusterActions, ClusterEvents, EventName } from "./contract.ts";

/** Who is calling. Filled by the gateway from a verified token; never from a body. */
export interface Caller {
	readonly id: string;
	/** The sign-in session (one per device) that the access token belongs to. */
	readonly sessionId: string;
}

/** What travels with a request from hop to hop. */
export interface Meta {
	user?: Caller;
	/** Address of the client as seen past the trusted proxies. */
	clientAddress?: string;
	/** The socket that a call came by; only the node that holds it knows it. */
	socketId?: string;
	/** Stored by the transport: the status and headers of the HTTP answer. */
	$statusCode?: number;
	$responseHeaders?: Record<string, string>;
}

/** Names an intent: the same key with the same hash is the same intent told again. */
export interface Idempotency {
	readonly key: string;
	/** SHA-256 of the params, so that one key cannot stand for two different requests. */
	readonly hash: string;
}

/** What handlers find in `ctx.locals`; middlewares fill it for this call only. */
export interface Locals {
	/** The row that the service's `owner` method loaded. */
	entity?: unknown;
	/** Set where the contract says `idempotency`; the intent's own transaction stores it. */
	idempotency?: Idempotency;
}

export interface CallOptions {
	timeout?: number;
	nodeID?: string;
	meta?: Partial<Meta>;
	retries?: number;
	requestID?: string;
	/** For this call alone; `idempotency-key` names the intent. Not passed on to nested calls. */
	headers?: Record<string, string>;
}

type ActionEntry<N extends ActionName> = ClusterActions[N] extends {
	params: infer P;
	returns: infer R;
}
	? { params: P; returns: R }
	: never;

export type ParamsOf<N extends ActionName> = ActionEntry<N>["params"];
export type ReturnsOf<N extends ActionName> = ActionEntry<N>["returns"];

/** Params may be left out where `{}` would do. */
type CallArguments<P> =
	Record<never, never> extends P
		? [params?: P, options?: CallOptions]
		: [params: P, options?: CallOptions];

/** A call by name: unknown names, wrong params and wrong uses of the result do not compile. */
export type Call = <N extends ActionName>(
	name: N,
	...rest: CallArguments<ParamsOf<N>>
) => Promise<ReturnsOf<N>>;

/** A hint to other services: may be lost, never carries something that must be done. */
export type Emit = <N extends EventName>(
	name: N,
	payload: ClusterEvents[N],
	options?: { groups?: string[] }
) => Promise<void>;

/** Moleculer's context with the loose calls replaced by the typed ones. */
export interface Ctx<P = unknown, M = Meta>
	extends Omit<Context, "call" | "mcall" | "emit" | "broadcast" | "params" | "meta" | "locals"> {
	readonly params: P;
	readonly meta: M;
	readonly locals: Locals;
	readonly call: Call;
	readonly emit: Emit;
	readonly broadcast: Emit;
}

/** Where the rule demands a user, handlers need not ask whether there is one. */
export type MetaFor<A extends AuthRule> = A extends "user" | "host" | "operator"
	? Meta & { user: Caller }
	: Meta;

/** A broker (or a Moleculer service) seen through the contracts; for code that has no `ctx`. */
export interface TypedCaller {
	readonly call: Call;
	readonly emit: Emit;
	readonly broadcast: Emit;
}

/** A broker with types; its own signatures accept any name. */
export function typed(broker: Pick<ServiceBroker, "call" | "emit" | "broadcast">): TypedCaller {
	return {
		call: broker.call.bind(broker) as unknown as Call,
		emit: broker.emit.bind(broker) as unknown as Emit,
		broadcast: broker.broadcast.bind(broker) as unknown as Emit
	};
}
