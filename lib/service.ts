/**
 * `service(contract, definition)` makes the Moleculer schema: handlers are typed by the contract,
 * and `params`, `rest`, `auth` … are copied from it to each action. Everything else goes through
 * unchanged, so whoever knows Moleculer can read a service.
 */
import type { ActionSchema, Context, Service, ServiceSchema } from "moleculer";
import type { Ctx, Meta, MetaFor } from "./context.ts";
import type {
	ActionContract,
	ChannelName,
	ClusterChannels,
	ClusterEvents,
	Contract,
	EventName
} from "./contract.ts";
import type { Static } from "./schemas.ts";

declare const adds: unique symbol;

/**
 * A mixin owns one resource: it opens in `created` or `started`, closes in `stopped`, and adds
 * the members `Adds` to `this`. It declares no actions (params of a mixin would merge into ours).
 */
export type Mixin<Adds extends object> = Partial<ServiceSchema> & { readonly [adds]?: Adds };

type Added<Mixins extends readonly Mixin<object>[]> = Mixins extends readonly [
	Mixin<infer First>,
	...infer Rest extends readonly Mixin<object>[]
]
	? First & Added<Rest>
	: unknown;

export type Handlers<C extends Contract> = {
	[K in keyof C["actions"]]: (
		ctx: Ctx<Static<C["actions"][K]["params"]>, MetaFor<C["actions"][K]["auth"]>>
	) => Promise<Static<C["actions"][K]["returns"]>> | Static<C["actions"][K]["returns"]>;
};

type EventHandlers = { [N in EventName]?: (ctx: Ctx<ClusterEvents[N]>) => Promise<void> | void };

/** A durable message as its consumer sees it. The same message may arrive more than once. */
export interface ChannelContext<P> extends Ctx<P> {
	readonly headers: { readonly "message-id": string } & Record<string, string>;
}

type ChannelHandlers = {
	[N in ChannelName]?: (ctx: ChannelContext<ClusterChannels[N]>) => Promise<void>;
};

type Base = Omit<Service, "actions" | "settings" | "broker"> & {
	readonly broker: Service["broker"];
};

type This<Mixins extends readonly Mixin<object>[], State, Methods> = Base &
	Added<Mixins> &
	State &
	Methods;

export interface Definition<
	C extends Contract,
	Mixins extends readonly Mixin<object>[],
	State,
	Methods
> {
	mixins?: Mixins;
	/** Services to wait for before `started` runs. */
	dependencies?: string[];
	settings?: Record<string, unknown>;
	/** Members of `this` with their first values; made anew for each instance. */
	state?: () => State;
	/**
	 * Private steps. They stand before the actions: TypeScript infers `this` from top to bottom,
	 * and what a handler uses must be known when its body is checked.
	 */
	methods?: Methods;
	actions: Handlers<C>;
	/** Hints of other services. */
	events?: EventHandlers;
	/** Durable facts of other services; each must be handled so that a repeat is harmless. */
	channels?: ChannelHandlers;
	created?: () => void;
	started?: () => Promise<void> | void;
	stopped?: () => Promise<void> | void;
}

const lifecycle = ["created", "started", "stopped"] as const;

export function service<
	const C extends Contract,
	const Mixins extends readonly Mixin<object>[] = [],
	State extends object = Record<never, never>,
	Methods extends object = Record<never, never>
>(
	contract: C,
	definition: Definition<C, Mixins, State, Methods> & ThisType<This<Mixins, State, Methods>>
): ServiceSchema {
	const schema: Record<string, unknown> = {
		name: contract.name,
		mixins: [...(definition.mixins ?? [])],
		dependencies: definition.dependencies ?? [],
		settings: definition.settings ?? {},
		actions: actionSchemas(contract, definition.actions),
		events: definition.events ?? {},
		channels: channelSchemas(contract.name, definition.channels ?? {}),
		methods: definition.methods ?? {}
	};
	for (const hook of lifecycle) {
		if (definition[hook]) schema[hook] = definition[hook];
	}
	const { state, created } = definition;
	if (state) {
		schema.created = function (this: object) {
			Object.assign(this, state());
			created?.call(this);
		};
	}
	return schema as unknown as ServiceSchema;
}

function actionSchemas(
	contract: Contract,
	handlers: Record<string, unknown>
): Record<string, ActionSchema> {
	const schemas: Record<string, ActionSchema> = {};
	for (const [name, action] of Object.entries(contract.actions)) {
		const handler = handlers[name];
		if (typeof handler !== "function") {
			throw new Error(`${contract.name}.${name} is in the contract and has no handler.`);
		}
		if (action.auth === "internal" && action.rest) {
			throw new Error(`${contract.name}.${name} is internal and must have no route.`);
		}
		schemas[name] = { ...actionSchema(action), handler } as ActionSchema;
	}
	for (const name of Object.keys(handlers)) {
		if (!Object.hasOwn(contract.actions, name)) {
			throw new Error(`${contract.name}.${name} has a handler and is not in the contract.`);
		}
	}
	return schemas;
}

/** The words of the contract in the places where Moleculer and our middlewares look for them. */
function actionSchema(action: ActionContract): ActionSchema {
	const { params, returns, timeoutMs, read, shardBy, bulkhead, ...words } = action;
	return {
		...words,
		params: unshared(params),
		returns: unshared(returns),
		visibility: action.rest ? "published" : "public",
		...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
		...(read ? { read } : {}),
		...(shardBy ? { strategy: "Shard", strategyOptions: { shardKey: shardBy } } : {}),
		...(bulkhead ? { bulkhead: { enabled: true, ...bulkhead } } : {})
	} as unknown as ActionSchema;
}

/**
 * A copy in which no two places hold the same object. Contracts share schemas (`Id` stands
 * everywhere), and Moleculer drops every repeated object from what it announces to other nodes.
 */
const unshared = <S extends object>(schema: S): S => JSON.parse(JSON.stringify(schema)) as S;

/** One durable consumer group per service: each message reaches one of its nodes. */
function channelSchemas(group: string, handlers: object): Record<string, unknown> {
	const schemas: Record<string, unknown> = {};
	for (const [name, handler] of Object.entries(handlers)) {
		schemas[name] = { group, context: true, handler };
	}
	return schemas;
}

export type { Context, Meta };
