/**
 * A contract is all that callers see of a service: its actions, events and channels.
 *
 * It is written once, in `services/<name>/<name>.contract.ts`. From it come runtime validation,
 * handler types (`lib/service.ts`), typed calls (`lib/context.ts`), the HTTP route and OpenAPI.
 */
import type { ObjectSchema, Static, TSchema } from "./schemas.ts";

/**
 * Who may call an action. There is no default: an action without a rule is refused (G16).
 * - `public`: anyone, guests too
 * - `user`: a signed-in user
 * - `host`, `operator`: a signed-in user who carries that tag now
 * - `internal`: other services only; never routed from outside
 */
export type AuthRule = "public" | "user" | "host" | "operator" | "internal";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** At most `count` calls in a window of `seconds` that opens with the first of them. */
export interface RateLimitRule {
	readonly count: number;
	readonly seconds: number;
	/** `address`: per client address; `user`: per signed-in user, guests by address. */
	readonly by: "address" | "user";
}

export interface ActionContract {
	/** One sentence for OpenAPI and the REPL. */
	readonly summary: string;
	readonly auth: AuthRule;
	/** Method and path below `/api`, e.g. `"GET /users/:id"`. Absent: not reachable by HTTP. */
	readonly rest?: `${HttpMethod} /${string}`;
	/** Status of the good answer; 200 unless told. */
	readonly status?: 200 | 201 | 202 | 204;
	readonly params: ObjectSchema;
	readonly returns: TSchema;
	/**
	 * Method of the service that loads the object named by the params. It must return a row with
	 * `userId`; anyone but that user is answered 404 (`middlewares/owner.ts`).
	 */
	readonly owner?: string;
	/** `required`: refuse a call by HTTP that has no `Idempotency-Key`. */
	readonly idempotency?: "required" | "optional";
	readonly rateLimit?: RateLimitRule;
	/**
	 * By HTTP the action takes `multipart/form-data` with one file in the field `file`; the handler
	 * reads it from `ctx.stream`, of at most `limits.uploadBytesMax`.
	 */
	readonly upload?: true;
	/**
	 * The answer is a file that never changes. Its route lies beside `/api`, not below it. The
	 * handler is asked piece by piece (`offset`) and returns `filePiece`.
	 */
	readonly download?: true;
	/**
	 * By HTTP the body is not read but passed on as it came, as text in the param `body`, since a
	 * signature counts its bytes; `signature` is the first of these headers that is there.
	 */
	readonly rawBody?: { readonly signedBy: readonly string[] };
	/** An idempotent read: the broker may run it again on another node after a failure. */
	readonly read?: true;
	/** How long a caller waits; `limits.callMillisecondsMax` unless told. */
	readonly timeoutMs?: number;
	/** Route all calls with an equal value of this param to one node (Shard strategy). */
	readonly shardBy?: string;
	/** How many may run at once on a node, and wait; beyond that callers get `BUSY`. */
	readonly bulkhead?: { readonly concurrency: number; readonly maxQueueSize: number };
	/** Codes of the service's error table that this action may answer, for OpenAPI. */
	readonly errors?: readonly string[];
}

export interface Contract<
	Name extends string = string,
	Actions extends Record<string, ActionContract> = Record<string, ActionContract>,
	Events extends Record<string, TSchema> = Record<string, TSchema>,
	Channels extends Record<string, TSchema> = Record<string, TSchema>
> {
	readonly name: Name;
	readonly actions: Actions;
	/** Hints that may be lost, `emit`ted; the key is a fact in the past tense. */
	readonly events: Events;
	/** Facts that must arrive, published through the outbox. */
	readonly channels: Channels;
}

/** Declares what callers see of the service `name`. */
export function contract<
	const Name extends string,
	const Actions extends Record<string, ActionContract>,
	const Events extends Record<string, TSchema> = Record<never, never>,
	const Channels extends Record<string, TSchema> = Record<never, never>
>(
	name: Name,
	parts: { readonly actions: Actions; readonly events?: Events; readonly channels?: Channels }
): Contract<Name, Actions, Events, Channels> {
	return {
		name,
		actions: parts.actions,
		events: parts.events ?? ({} as Events),
		channels: parts.channels ?? ({} as Channels)
	};
}

/** `{ "users.get": { params, returns } }` of one contract, for the cluster's table of actions. */
export type ActionsOf<C extends Contract> = {
	[K in keyof C["actions"] & string as `${C["name"]}.${K}`]: {
		params: Static<C["actions"][K]["params"]>;
		returns: Static<C["actions"][K]["returns"]>;
	};
};

/** `{ "users.changed": payload }` of one contract. */
export type EventsOf<C extends Contract> = {
	[K in keyof C["events"] & string as `${C["name"]}.${K}`]: Static<C["events"][K]>;
};

/** `{ "users.registered": payload }` of one contract. */
export type ChannelsOf<C extends Contract> = {
	[K in keyof C["channels"] & string as `${C["name"]}.${K}`]: Static<C["channels"][K]>;
};

/*
 * The cluster's tables. `services/contracts.ts` fills them by declaration merging, so that `lib`
 * knows every action by name and still imports nothing of the services.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by services/contracts.ts
export interface ClusterActions {}
// biome-ignore lint/suspicious/noEmptyInterface: filled by services/contracts.ts
export interface ClusterEvents {}
// biome-ignore lint/suspicious/noEmptyInterface: filled by services/contracts.ts
export interface ClusterChannels {}

export type ActionName = keyof ClusterActions & string;
export type EventName = keyof ClusterEvents & string;
export type ChannelName = keyof ClusterChannels & string;
