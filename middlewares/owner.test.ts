import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { owner } from "./owner.ts";

const rows = [
	{ id: "10", userId: "1", street: "Mill Lane" },
	{ id: "20", userId: "2", street: "High Street" }
];
const changed: string[] = [];

const addresses = {
	name: "addresses",
	actions: {
		change: {
			owner: "findAddress",
			handler(ctx: { params: { id: string }; locals: { entity?: unknown } }) {
				changed.push(ctx.params.id);
				return ctx.locals.entity;
			}
		},
		broken: { owner: "findNothing", handler: () => void changed.push("broken") },
		free: { handler: (ctx: { locals: { entity?: unknown } }) => ctx.locals.entity ?? "none" }
	},
	methods: {
		async findAddress(this: { rows: typeof rows }, params: { id: string }) {
			return this.rows.find((row) => row.id === params.id);
		}
	},
	created(this: { rows: typeof rows }) {
		this.rows = rows;
	}
} as unknown as ServiceSchema;

describe("owner", () => {
	const broker = new ServiceBroker({ logger: false, middlewares: [owner()] });
	const call = (action: string, id: string, userId?: string) => {
		const meta = userId === undefined ? {} : { user: { id: userId, sessionId: "1" } };
		return broker.call(`addresses.${action}`, { id }, { meta } as object);
	};
	const answer = async (promise: Promise<unknown>) => {
		const error = await promise.then(
			() => undefined,
			(thrown: unknown) => thrown as { code: number; type: string; message: string; data: unknown }
		);
		return error && [error.code, error.type, error.message, error.data];
	};

	beforeAll(async () => {
		broker.createService(addresses);
		await broker.start();
	});
	afterAll(() => broker.stop());

	it("lets the owner through, with the row that was loaded", async () => {
		expect(await call("change", "10", "1")).toEqual(rows[0]);
		expect(changed.splice(0)).toEqual(["10"]);
	});

	it("answers for a foreign thing exactly as for one that does not exist", async () => {
		const foreign = await answer(call("change", "20", "1"));
		const missing = await answer(call("change", "30", "1"));
		expect(foreign).toEqual([404, "NOT_FOUND", "There is no such thing.", undefined]);
		expect(missing).toEqual(foreign);
		expect(changed).toEqual([]);
	});

	it("asks guests to sign in before anything is loaded", async () => {
		expect((await answer(call("change", "10")))?.[0]).toBe(401);
		expect((await answer(call("change", "30")))?.[0]).toBe(401);
	});

	it("never runs an action whose loader does not exist", async () => {
		await expect(call("broken", "10", "1")).rejects.toThrow();
		expect(changed).toEqual([]);
	});

	it("stays out of actions that do not ask for it", async () => {
		expect(await call("free", "20")).toBe("none");
	});
});
