import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Letter } from "./consumer.ts";
import { channelsMiddleware, type DurableMessage, send } from "./index.ts";

const env = loadEnv({ NODE_ENV: "test" });
const impatient = { attemptsMax: 3, milliseconds: () => 1 };
const never = { attemptsMax: 3, milliseconds: () => 3_600_000 };

interface Arrival {
	readonly params: unknown;
	readonly headers: Record<string, string>;
	readonly requestID: string;
}
type Handler = (ctx: Arrival) => Promise<void>;

/** A service that consumes `things.made` in its own name. */
const consumer = (name: string, handler: Handler): ServiceSchema =>
	({ name, channels: { "things.made": { group: name, context: true, handler } } }) as ServiceSchema;

const letters: Letter[] = [];
const outbox = {
	name: "outbox",
	actions: {
		bury(ctx: { params: Letter }) {
			letters.push(ctx.params);
			return {};
		}
	}
} as unknown as ServiceSchema;

const message = (id: string, changes: Partial<DurableMessage> = {}): DurableMessage => ({
	...{ id, channel: "things.made", payload: `{"n":"${id}"}`, messageId: id },
	...{ consumer: null, requestId: "request-1" },
	...changes
});

let broker: ServiceBroker;
async function start(services: ServiceSchema[], retries = impatient): Promise<void> {
	broker = new ServiceBroker({
		namespace: "apart",
		logger: false,
		middlewares: [channelsMiddleware(env, retries)]
	});
	for (const schema of [outbox, ...services]) broker.createService(schema);
	await broker.start();
}
afterEach(async () => {
	letters.length = 0;
	await broker.stop();
});

describe("in-process channels", () => {
	it("bring each message to every group, with its id and request", async () => {
		const a = vi.fn<Handler>(async () => {});
		const b = vi.fn<Handler>(async () => {});
		await start([consumer("a", a), consumer("b", b)]);
		await send(broker, message("m1"));
		for (const handler of [a, b]) {
			expect(handler).toHaveBeenCalledTimes(1);
			const ctx = handler.mock.calls[0]?.[0];
			expect(ctx?.params).toEqual({ n: "m1" });
			expect(ctx?.headers["message-id"]).toBe("m1");
			expect(ctx?.requestID).toBe("request-1");
		}
	});

	it("publish ends only when the handlers have", async () => {
		let finish: () => void = () => {};
		const held = new Promise<void>((resolve) => {
			finish = resolve;
		});
		await start([consumer("a", () => held)]);
		let done = false;
		const sending = send(broker, message("m1")).then(() => {
			done = true;
		});
		await new Promise(setImmediate);
		expect(done).toBe(false);
		finish();
		await sending;
	});

	it("try a failed group again, with a fresh copy, and leave the others alone", async () => {
		const seen: unknown[] = [];
		const a = vi.fn<Handler>(async () => {});
		await start([
			consumer("a", a),
			consumer("b", async ({ params }) => {
				seen.push({ ...(params as object) });
				(params as { n: string }).n = "spoilt";
				if (seen.length < 3) throw new Error("not yet");
			})
		]);
		await send(broker, message("m1"));
		expect(a).toHaveBeenCalledTimes(1);
		expect(seen).toEqual([{ n: "m1" }, { n: "m1" }, { n: "m1" }]);
		expect(letters).toEqual([]);
	});

	it("make a dead letter for the group that gives up, and only for that", async () => {
		const a = vi.fn<Handler>(async () => {});
		await start([
			consumer("a", a),
			consumer("b", async () => {
				throw new TypeError("poison");
			})
		]);
		await send(broker, message("m1"));
		expect(a).toHaveBeenCalledTimes(1);
		expect(letters).toEqual([
			{
				...{ channel: "things.made", consumer: "b", messageId: "m1", payload: '{"n":"m1"}' },
				...{ attempts: 3, error: "TypeError: poison", isOutage: false }
			}
		]);
	});

	it("tell an outage of what a group needs from a message that it cannot handle", async () => {
		await start([
			consumer("b", async () => {
				throw commonErrors.UNAVAILABLE();
			})
		]);
		await send(broker, message("m1"));
		expect(letters).toMatchObject([{ messageId: "m1", attempts: 3, isOutage: true }]);
	});

	it("bring a message that is sent again for one group to that group only", async () => {
		const a = vi.fn<Handler>(async () => {});
		const b = vi.fn<Handler>(async () => {});
		await start([consumer("a", a), consumer("b", b)]);
		await send(broker, message("m2", { messageId: "m1", consumer: "b" }));
		expect(a).not.toHaveBeenCalled();
		expect(b.mock.calls[0]?.[0].headers["message-id"]).toBe("m1");
	});

	it("refuse a message whose consumer is gone, so that it stays in the outbox", async () => {
		await start([consumer("a", async () => {})]);
		await broker.destroyService("a");
		await expect(send(broker, message("m1"))).rejects.toMatchObject({ retryable: true });
	});

	it("do not wait for retries when the broker stops, nor call the message done", async () => {
		const handler = vi.fn<Handler>(async () => {
			throw new Error("later");
		});
		await start([consumer("a", handler)], never);
		const sending = expect(send(broker, message("m1"))).rejects.toMatchObject({ retryable: true });
		await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(1));
		await broker.stop();
		await sending;
		await expect(send(broker, message("m2"))).rejects.toMatchObject({ retryable: true });
		expect(letters).toEqual([]);
	});
});
