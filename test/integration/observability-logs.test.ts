import { Writable } from "node:stream";
import type { Context, Service, ServiceBroker, ServiceSchema } from "moleculer";
import { afterEach, describe, expect, test } from "vitest";
import { loadEnv } from "../../config/env.ts";
import { loggerOptions } from "../../config/observability/logger.ts";
import { currentRequest } from "../../lib/request-context.ts";
import { Captured, startObserved } from "./observability-broker.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

const orders: ServiceSchema = {
	name: "orders",
	actions: {
		async place(this: Service, ctx: Context<{ note?: string }>) {
			this.logger.info("placing");
			await tick();
			await ctx.call("stock.take", ctx.params);
			await ctx.emit("orders.placed", {});
			this.logger.info("placed", { orderId: "7" });
			return "done";
		}
	},
	events: {
		async "orders.placed"(this: Service) {
			await tick();
			this.logger.info("told");
		}
	}
};

const stock: ServiceSchema = {
	name: "stock",
	methods: {
		deep(this: Service) {
			this.logger.warn("low");
		}
	},
	actions: {
		async take() {
			await tick();
			this.deep();
		},
		async fail(this: Service) {
			this.logger.error("It failed:", new Error("no phone +8613812345678"), { password: "pw" });
		},
		slow: () => new Promise((resolve) => setTimeout(resolve, 60))
	}
};

describe("structured logs", () => {
	const brokers: ServiceBroker[] = [];
	const start = async (setup: Parameters<typeof startObserved>[0]) => {
		const broker = await startObserved(setup);
		brokers.push(broker);
		return broker;
	};
	afterEach(async () => {
		await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
	});

	test("every line of a request carries its id and user: services, methods, events", async () => {
		const log = new Captured();
		const broker = await start({ nodeId: "one", services: [orders, stock], log });
		const meta = { user: { id: "42", sessionId: "1" } };
		await Promise.all([
			broker.call("orders.place", {}, { requestID: "request-a", meta }),
			broker.call("orders.place", {}, { requestID: "request-b" })
		]);
		for (const msg of ["placing", "low", "placed", "told"]) {
			const lines = log.lines.filter((line) => line.msg === msg);
			expect(lines.map((line) => line.requestId).sort()).toEqual(["request-a", "request-b"]);
			for (const line of lines) {
				expect(line.userId).toBe(line.requestId === "request-a" ? "42" : undefined);
			}
		}
		expect(log.line("placed")).toMatchObject({
			level: "info",
			nodeID: "one",
			service: "orders",
			data: { orderId: "7" }
		});
		expect(new Date(log.line("placed").time).toISOString()).toBe(log.line("placed").time);
		expect(currentRequest()).toBeUndefined();
	});

	test("the id crosses nodes; lines outside requests have none", async () => {
		const there = new Captured();
		const namespace = "logs-two-nodes";
		await start({ nodeId: "far", services: [stock], log: there, namespace });
		const near = await start({ nodeId: "near", services: [orders], namespace });
		await near.waitForServices("stock", 5_000);
		await near.call("orders.place", {}, { requestID: "request-c" });
		expect(there.line("low")).toMatchObject({ requestId: "request-c", nodeID: "far" });
		expect(there.lines[0]).not.toHaveProperty("requestId");
	});

	test("the user that the gateway finds out later is known from then on", async () => {
		const log = new Captured();
		const edge: ServiceSchema = {
			name: "edge",
			actions: {
				async rest(this: Service, ctx: Context<unknown, { user?: { id: string } }>) {
					this.logger.info("before");
					ctx.meta.user = { id: "9" };
					this.logger.info("after");
				}
			}
		};
		const broker = await start({ nodeId: "one", services: [edge], log });
		await broker.call("edge.rest");
		expect(log.line("before")).not.toHaveProperty("userId");
		expect(log.line("after").userId).toBe("9");
	});

	test("Moleculer's own lines about a request carry the id too", async () => {
		const log = new Captured();
		const broker = await start({ nodeId: "one", services: [stock], log });
		await expect(
			broker.call("stock.slow", {}, { requestID: "request-d", timeout: 20 })
		).rejects.toThrow();
		expect(log.line("Request 'stock.slow' is timed out.").requestId).toBe("request-d");
	});

	test("errors are whole, secrets and phones are not there", async () => {
		const log = new Captured();
		const broker = await start({ nodeId: "one", services: [stock], log });
		await broker.call("stock.fail");
		const line = log.line("It failed:");
		expect(line.level).toBe("error");
		expect(line.err?.stack).toContain("observability-logs.test.ts");
		expect(log.raw.join("")).not.toMatch(/13812345678|"pw"/);
	});

	test("one line stays one line, and what is below the level is not written", async () => {
		const log = new Captured();
		const broker = await start({ nodeId: "one", services: [], log });
		broker.logger.info('forged\n{"level":"fatal"}');
		broker.logger.debug("not written");
		expect(log.raw.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
		expect(log.raw.join("")).not.toContain("not written");
	});
});

test("on a terminal in development a line is readable, and as clean", () => {
	const written: string[] = [];
	const terminal = new Writable({
		write(chunk, _encoding, done) {
			written.push(String(chunk));
			done();
		}
	});
	const env = loadEnv({ NODE_ENV: "development" });
	const logger = loggerOptions(env, { terminal });
	const write = logger.getLogHandler({ nodeID: "one", ns: "", mod: "users", svc: "users" });
	write("info", ["signed in\u001b[2J\nforged", { phone: "+8613812345678", userId: "7" }]);
	expect(written.join("")).toMatch(/^\d\d:\d\d:\d\d\.\d{3} .*INFO.* users: signed in·\[2J forged/);
	expect(written.join("")).toContain('{"phone":"[redacted]","userId":"7"}');
	expect(written.join("")).not.toContain("13812345678");
});
