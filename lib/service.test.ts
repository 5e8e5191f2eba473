import { ServiceBroker } from "moleculer";
import { describe, expect, it } from "vitest";
import { contract } from "./contract.ts";
import { Empty, Id, object, Type } from "./schemas.ts";
import { type Mixin, service } from "./service.ts";

const word = { summary: "For this test.", params: Empty, returns: Type.Null() } as const;
const run = () => null;
/** The parts of a schema that tests look into. */
interface Made {
	readonly name: string;
	readonly actions: Record<string, Record<string, unknown>>;
	readonly channels: Record<string, unknown>;
}
const made = (schema: object): Made => schema as Made;

describe("service", () => {
	const small = contract("small", {
		actions: { look: { ...word, auth: "public" }, change: { ...word, auth: "user" } }
	});

	it("refuses a contract whose action has no handler", () => {
		const actions = { look: run } as unknown as { look: typeof run; change: typeof run };
		expect(() => service(small, { actions })).toThrow(
			"small.change is in the contract and has no handler."
		);
	});

	it.each(["extra", "toString", "constructor"])(
		"refuses a handler %s without a contract",
		(name) => {
			const actions = { look: run, change: run, [name]: run };
			expect(() => service(small, { actions })).toThrow(
				`small.${name} has a handler and is not in the contract.`
			);
		}
	);

	it("refuses a route to an internal action: nobody would guard it", () => {
		const leaky = contract("leaky", {
			actions: { settle: { ...word, auth: "internal", rest: "POST /settle" } }
		});
		expect(() => service(leaky, { actions: { settle: run } })).toThrow(
			"leaky.settle is internal and must have no route."
		);
	});

	it("puts the words of the contract where Moleculer and the middlewares look for them", () => {
		const params = object({ id: Id });
		const full = contract("full", {
			actions: {
				buy: {
					...word,
					auth: "user",
					rest: "POST /full/:id/purchases",
					status: 201,
					params,
					owner: "findFull",
					idempotency: "required",
					rateLimit: { count: 5, seconds: 1, by: "user" },
					timeoutMs: 700,
					shardBy: "id",
					bulkhead: { concurrency: 3, maxQueueSize: 4 },
					errors: ["NOT_FOUND"]
				},
				look: { ...word, auth: "internal", read: true }
			}
		});
		const { actions } = made(service(full, { actions: { buy: run, look: run } }));
		expect(actions.buy).toEqual({
			summary: word.summary,
			auth: "user",
			rest: "POST /full/:id/purchases",
			status: 201,
			params,
			returns: word.returns,
			owner: "findFull",
			idempotency: "required",
			rateLimit: { count: 5, seconds: 1, by: "user" },
			errors: ["NOT_FOUND"],
			visibility: "published",
			timeout: 700,
			strategy: "Shard",
			strategyOptions: { shardKey: "id" },
			bulkhead: { enabled: true, concurrency: 3, maxQueueSize: 4 },
			handler: run
		});
		expect(actions.look).toEqual({
			...word,
			auth: "internal",
			read: true,
			visibility: "public",
			handler: run
		});
	});

	it("makes one durable consumer group per service", () => {
		const handle = async () => {};
		const channels = { "users.banned": handle, "users.registered": handle };
		const schema = made(service(small, { actions: { look: run, change: run }, channels }));
		const consumer = { group: "small", context: true, handler: handle };
		expect(schema.channels).toEqual({ "users.banned": consumer, "users.registered": consumer });
	});

	it("gives each instance its own state, after the mixins and before `created`", async () => {
		const steps: string[] = [];
		const mixin = {
			created(this: { resource: string }) {
				this.resource = "open";
				steps.push("mixin");
			}
		} as unknown as Mixin<{ resource: string }>;
		const counter = contract("counter", {
			actions: { add: { ...word, auth: "public", returns: Type.Integer() } }
		});
		const schema = service(counter, {
			mixins: [mixin],
			state: () => ({ seen: [] as string[] }),
			actions: {
				add() {
					return this.seen.push(this.resource);
				}
			},
			created() {
				steps.push(`created with ${this.seen.length} seen, ${this.resource}`);
			}
		});
		const brokers = [1, 2].map(() => new ServiceBroker({ logger: false, validator: false }));
		for (const broker of brokers) broker.createService(schema);
		await Promise.all(brokers.map((broker) => broker.start()));
		const [one, two] = brokers as [ServiceBroker, ServiceBroker];
		await one.call("counter.add");
		expect(await one.call("counter.add")).toBe(2);
		expect(await two.call("counter.add")).toBe(1);
		const created = ["mixin", "created with 0 seen, open"];
		expect(steps).toEqual([...created, ...created]);
		await Promise.all(brokers.map((broker) => broker.stop()));
	});
});
