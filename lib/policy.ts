/**
 * A policy is a broker middleware that an action switches on by a word in its contract. Moleculer
 * types middlewares loosely; this gives them our `Ctx` and the words of the contract.
 */
import type { Middleware, Service, ServiceBroker } from "moleculer";
import type { Ctx } from "./context.ts";
import type { ActionContract } from "./contract.ts";

/** The handler as the layers inside have wrapped it so far. */
export type Next = (ctx: PolicyContext) => Promise<unknown>;

export interface PolicyContext extends Ctx {
	readonly service: (Service & Record<string, unknown>) | null;
}

/** An action definition: Moleculer's own name beside whatever the contract said. */
export type PolicyAction = Partial<ActionContract> & { readonly name: string };

export interface Policy {
	readonly name: string;
	created?(broker: ServiceBroker): void;
	stopped?(broker: ServiceBroker): Promise<void>;
	/** Returns `next` itself where the action does not ask for the policy. */
	localAction(next: Next, action: PolicyAction): Next;
}

export const policy = (definition: Policy): Middleware => definition as unknown as Middleware;
