/**
 * What must not compile, does not. `tsc` is the test runner here: an `@ts-expect-error` without an
 * error below it is an error itself.
 */
import type { Ctx, ReturnsOf } from "../lib/context.ts";
import { contract } from "../lib/contract.ts";
import { object, Type } from "../lib/schemas.ts";
import { type Mixin, service } from "../lib/service.ts";
// Fills the tables of actions, events and channels.
import "../services/contracts.ts";

const params = object({ id: Type.String(), count: Type.Optional(Type.Integer()) });
const returns = object({ total: Type.Integer() });

const cups = contract("cups", {
	actions: {
		add: { summary: "Adds a cup.", auth: "user", params, returns },
		peek: { summary: "Looks.", auth: "public", params: object({}), returns }
	}
});

const clay = (): Mixin<{ clay: { left(): Promise<number> } }> => ({});

// The whole shape compiles: typed params, caller, state, methods and mixins.
service(cups, {
	mixins: [clay()],
	state: () => ({ seen: new Map<string, number>() }),
	methods: {
		note(id: string): number {
			this.seen.set(id, 1);
			return this.seen.size;
		}
	},
	actions: {
		async add(ctx) {
			const userId: string = ctx.meta.user.id;
			const left = await this.clay.left();
			const count: number = ctx.params.count ?? 1;
			return { total: this.note(userId) + left + count };
		},
		peek(ctx) {
			// @ts-expect-error A guest may call this: there may be no user.
			ctx.meta.user.id;
			// @ts-expect-error The contract has no such param.
			ctx.params.id;
			return { total: 0 };
		}
	}
});

// @ts-expect-error A handler is missing.
service(cups, { actions: { peek: () => ({ total: 1 }) } });

service(cups, {
	actions: {
		add: () => ({ total: 1 }),
		// @ts-expect-error The result is not what the contract promises.
		peek: () => ({ sum: 1 })
	}
});

// @ts-expect-error An action must say who may call it.
contract("cups", { actions: { add: { summary: "Adds a cup.", params, returns } } });

contract("cups", {
	// @ts-expect-error There is no such rule.
	actions: { add: { summary: "Adds a cup.", auth: "admin", params, returns } }
});

contract("cups", {
	actions: {
		// @ts-expect-error A route is a method and a path.
		add: { summary: "Adds a cup.", auth: "user", rest: "/cups", params, returns }
	}
});

export async function calls(ctx: Ctx): Promise<string[]> {
	const { ids }: ReturnsOf<"ids.take"> = await ctx.call("ids.take", { name: "users" });
	// @ts-expect-error There is no such action.
	await ctx.call("ids.grab", { name: "users" });
	// @ts-expect-error A required param is missing.
	await ctx.call("ids.take", {});
	// @ts-expect-error The params are of the wrong type.
	await ctx.call("ids.take", { name: "users", count: "2" });
	// @ts-expect-error The result has no such field.
	(await ctx.call("ids.take", { name: "users" })).numbers;
	await ctx.emit("users.changed", { userId: "1" });
	// @ts-expect-error There is no such event.
	await ctx.emit("users.exploded", { userId: "1" });
	// @ts-expect-error The payload is wrong.
	await ctx.emit("users.changed", { id: "1" });
	return ids;
}
