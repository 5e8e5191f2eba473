import { ServiceBroker } from "moleculer";
import { describe, expect, test } from "vitest";
import { currentRequest, requestContext } from "./request-context.ts";

const broker = new ServiceBroker({ logger: false, middlewares: [requestContext()] });
const wrap = (hook: string, definition: object) =>
	broker.middlewares.wrapHandler(hook, async () => currentRequest(), definition as never);

describe("requestContext", () => {
	test("a channel's handler runs in the request of its message", async () => {
		const handler = wrap("localChannel", { context: true });
		expect(await handler({ requestID: "r1", meta: { user: { id: "7" } } })).toEqual({
			requestId: "r1",
			userId: "7"
		});
	});

	test("a channel without ctx has no request, whatever its message holds", async () => {
		const handler = wrap("localChannel", { context: false });
		expect(await handler({ requestID: "forged", meta: {} })).toBeUndefined();
	});

	test("a call for another request inside a request is that other one", async () => {
		const inner = wrap("localEvent", { name: "a.b", service: {} });
		const outer = broker.middlewares.wrapHandler(
			"localChannel",
			async () => [
				await inner({ requestID: "inner", meta: {} }),
				await inner({ requestID: "outer", meta: { user: { id: "8" } } }),
				currentRequest()
			],
			{ context: true } as never
		);
		expect(await outer({ requestID: "outer", meta: { user: { id: "7" } } })).toEqual([
			{ requestId: "inner" },
			{ requestId: "outer", userId: "8" },
			{ requestId: "outer", userId: "7" }
		]);
	});
});
