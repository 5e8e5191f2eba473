import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Errors, type ServiceBroker, type ServiceSchema } from "moleculer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../config/limits.ts";
import type { OtlpSpan } from "../../config/observability/otlp-span.ts";
import { until } from "../harness/until.ts";
import { Captured, type Observed, startObserved } from "./observability-broker.ts";

interface ExportRequest {
	readonly resourceSpans: {
		readonly resource: { attributes: { key: string; value: { stringValue?: string } }[] };
		readonly scopeSpans: { readonly spans: OtlpSpan[] }[];
	}[];
}

type Received = OtlpSpan & { readonly service: string | undefined };

/** Stands in for a collector: keeps what it is sent and answers as told. */
class Collector {
	readonly spans: Received[] = [];
	readonly headers: Record<string, unknown>[] = [];
	url = "";
	status = 200;
	silent = false;
	readonly server: Server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", () => {
			if (this.silent) return;
			if (request.url === "/v1/traces" && this.status === 200) {
				this.headers.push(request.headers);
				this.#keep(JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest);
			}
			response.writeHead(this.status, { "content-type": "application/json" }).end("{}");
		});
	});

	#keep({ resourceSpans }: ExportRequest): void {
		for (const { resource, scopeSpans } of resourceSpans) {
			const name = resource.attributes.find(({ key }) => key === "service.name");
			for (const { spans } of scopeSpans) {
				for (const span of spans) this.spans.push({ ...span, service: name?.value.stringValue });
			}
		}
	}

	async listen(): Promise<void> {
		this.server.listen(0, "127.0.0.1");
		await once(this.server, "listening");
		this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	span(name: string): Received {
		const found = this.spans.find((span) => span.name === name);
		if (!found) throw new Error(`There is no span "${name}".`);
		return found;
	}
}

const secret = "hunter2-hunter2";

const front: ServiceSchema = {
	name: "front",
	actions: {
		buy: (ctx) => ctx.call("middle.reserve", { password: secret, phone: "+8613812345678" })
	}
};
const middle: ServiceSchema = {
	name: "middle",
	actions: {
		reserve: {
			// An action that asks for params in its span must not get them either.
			tracing: { tags: { params: true, meta: true, response: true } },
			async handler(ctx) {
				await ctx.emit("middle.reserved", { password: secret });
				return ctx.call("back.store", { password: secret });
			}
		}
	}
};
const back: ServiceSchema = {
	name: "back",
	actions: {
		store: () => ({ token: secret }),
		refuse: () => Promise.reject(new Errors.MoleculerClientError(secret, 409, "SOLD_OUT")),
		crash: () => Promise.reject(new Error(secret))
	},
	events: { "middle.reserved": { handler: async () => {} } }
};

describe("tracing to an OTLP collector", () => {
	const brokers: ServiceBroker[] = [];
	let collector: Collector;
	const start = async (setup: Partial<Observed>) => {
		const variables = { OTLP_URL: collector.url, METRICS_PORT: "0", ...setup.variables };
		const broker = await startObserved({ nodeId: "one", services: [], ...setup, variables });
		brokers.push(broker);
		return broker;
	};
	const stopAll = async () => {
		await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
	};
	const dropped = (broker: ServiceBroker): number =>
		broker.metrics.getMetric("tracing.spans.dropped.total")?.get()?.value;

	beforeEach(async () => {
		collector = new Collector();
		await collector.listen();
	});
	afterEach(async () => {
		await stopAll();
		collector.server.close();
		collector.server.closeAllConnections();
	});

	test("a call over three hops and two nodes is one trace with the right parents", async () => {
		const namespace = "tracing-two-nodes";
		const far = await start({ nodeId: "far", services: [middle], namespace });
		const near = await start({ nodeId: "near", services: [front, back], namespace });
		await Promise.all([near.waitForServices("middle"), far.waitForServices("back")]);
		const requestID = "0af76519-16cd-43dd-8448-eb211c80319c";
		await near.call("front.buy", {}, { requestID, meta: { user: { id: "4711" } } });
		await stopAll();
		const event = "event 'middle.reserved' in 'back'";
		const names = ["front.buy", "middle.reserve", "back.store"].map((name) => `action '${name}'`);
		const [first, second, third] = names.map((name) => collector.span(name));
		expect(first).not.toHaveProperty("parentSpanId");
		expect(second?.parentSpanId).toBe(first?.spanId);
		expect(third?.parentSpanId).toBe(second?.spanId);
		expect(collector.span(event).parentSpanId).toBe(second?.spanId);
		const ours = [first, second, third, collector.span(event)];
		expect(new Set(ours.map((span) => span?.traceId))).toEqual(
			new Set(["0af7651916cd43dd8448eb211c80319c"])
		);
		expect(new Set(ours.map((span) => span?.spanId)).size).toBe(4);
		expect([first, second, third].map((span) => span?.service)).toEqual([
			"front",
			"middle",
			"back"
		]);
		expect([first, second, third].map((span) => span?.kind)).toEqual([1, 2, 2]);
		expect(JSON.stringify(collector.spans)).not.toMatch(/hunter2|13812345678|4711/);
	});

	test("faults are errors, answers of an error table are not, messages stay inside", async () => {
		const broker = await start({ services: [back] });
		await expect(broker.call("back.refuse")).rejects.toThrow();
		await expect(broker.call("back.crash")).rejects.toThrow();
		await stopAll();
		expect(collector.span("action 'back.refuse'").status).toEqual({});
		expect(collector.span("action 'back.crash'").status).toEqual({ code: 2, message: "Error" });
		expect(JSON.stringify(collector.spans)).not.toContain(secret);
	});

	test("of a ratio only so many traces are kept, and each of them whole", async () => {
		const broker = await start({ services: [front, middle, back], ratio: 0.25 });
		for (let index = 0; index < 40; index += 1) await broker.call("front.buy");
		await stopAll();
		const count = (name: string) => collector.spans.filter((span) => span.name === name).length;
		expect(count("action 'front.buy'")).toBe(10);
		expect(count("action 'back.store'")).toBe(10);
	});

	test("spans arrive while the broker runs, with the collector's own credentials", async () => {
		const variables = { OTLP_URL: collector.url.replace("//", "//user:p%40ss@") };
		const broker = await start({ services: [back], variables });
		await broker.call("back.store");
		await until(() => collector.spans.some((span) => span.name === "action 'back.store'"));
		const basic = Buffer.from("user:p@ss").toString("base64");
		expect(collector.headers[0]?.authorization).toBe(`Basic ${basic}`);
	});

	test("a collector that comes back gets what waited for it", async () => {
		collector.status = 503;
		const log = new Captured();
		const broker = await start({ services: [back], log });
		await broker.call("back.store");
		await until(() => log.lines.some((line) => line.msg.includes("does not answer")));
		expect(collector.spans).toHaveLength(0);
		collector.status = 200;
		await stopAll();
		expect(collector.span("action 'back.store'").name).toBe("action 'back.store'");
		expect(dropped(broker)).toBe(0);
	});

	test("without a collector calls work, the queue is bounded, drops are counted", async () => {
		collector.server.close();
		const broker = await start({ services: [back] });
		const calls = limits.traceQueueSpansMax + 2 * limits.traceBatchSpansMax;
		for (let index = 0; index < calls; index += 1) {
			expect(await broker.call("back.store")).toEqual({ token: secret });
		}
		expect(dropped(broker)).toBeGreaterThanOrEqual(limits.traceBatchSpansMax);
		await stopAll();
		// All that was made is counted in the end: nothing arrived anywhere.
		expect(dropped(broker)).toBeGreaterThanOrEqual(calls);
	});

	test("a collector that never answers does not hold the shutdown up", async () => {
		collector.silent = true;
		const broker = await start({ services: [back] });
		await broker.call("back.store");
		const stopped = stopAll().then(() => "stopped");
		const deadline = new Promise((resolve) => {
			setTimeout(resolve, 2 * limits.traceStopMillisecondsMax + 2_000, "late").unref();
		});
		expect(await Promise.race([stopped, deadline])).toBe("stopped");
		expect(dropped(broker)).toBeGreaterThan(0);
	});
});
