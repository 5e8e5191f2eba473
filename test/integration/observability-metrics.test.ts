import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Errors, type ServiceBroker, type ServiceSchema } from "moleculer";
import { afterEach, describe, expect, test } from "vitest";
import type { Prometheus } from "../../config/observability/prometheus.ts";
import { until } from "../harness/until.ts";
import { Captured, type Observed, startObserved } from "./observability-broker.ts";

const shop: ServiceSchema = {
	name: "shop",
	created() {
		const { metrics } = this.broker;
		metrics.register({ type: "gauge", name: "shop.lag.ms", labelNames: ["of"] });
		metrics.set("shop.lag.ms", 12.5, { of: 'a "quoted"\\ \nname' });
	},
	actions: {
		buy: () => "bought",
		refuse: () => Promise.reject(new Errors.MoleculerClientError("no", 409, "SOLD_OUT")),
		crash: () => Promise.reject(new Error("boom"))
	}
};

const serverOf = (broker: ServiceBroker): Server => {
	const [reporter] = broker.metrics.reporter as unknown as Prometheus[];
	if (!reporter) throw new Error("This broker has no metrics endpoint.");
	return reporter.server;
};

const addressOf = (broker: ServiceBroker): string => {
	const { address, port } = serverOf(broker).address() as AddressInfo;
	return `http://${address}:${port}/metrics`;
};

const scrape = async (broker: ServiceBroker): Promise<string> =>
	(await fetch(addressOf(broker))).text();

/** Name, labels and value of every series. */
const series = (text: string): string[] =>
	text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("metrics", () => {
	const brokers: ServiceBroker[] = [];
	const start = async (setup: Partial<Observed> = {}) => {
		const variables = { METRICS_PORT: "0", ...setup.variables };
		const broker = await startObserved({ nodeId: "one", services: [shop], ...setup, variables });
		brokers.push(broker);
		if (variables.METRICS_PORT === "0") await until(() => serverOf(broker).listening);
		return broker;
	};
	afterEach(async () => {
		await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
	});

	test("requests, errors by type, latencies, own gauges, the process", async () => {
		const broker = await start();
		await broker.call("shop.buy");
		await broker.call("shop.buy");
		await expect(broker.call("shop.refuse")).rejects.toThrow();
		await expect(broker.call("shop.crash")).rejects.toThrow();
		const lines = series(await scrape(broker));
		const labels = 'nodeID="one",service="shop",action="shop.buy",type="local"';
		expect(lines).toContain(`moleculer_request_total{${labels}} 2`);
		expect(lines).toContain(`moleculer_request_time_bucket{${labels},le="+Inf"} 2`);
		expect(lines).toContain(`moleculer_request_time_count{${labels}} 2`);
		const failed = 'nodeID="one",service="shop",action="shop.refuse",type="local"';
		expect(lines).toContain(
			`moleculer_request_error_total{${failed},errorCode="409",errorType="SOLD_OUT"} 1`
		);
		expect(lines).toContain('shop_lag_ms{nodeID="one",of="a \\"quoted\\"\\\\ \\nname"} 12.5');
		for (const name of ["process_memory_rss_bytes", "process_cpu_seconds_total"]) {
			const line = lines.find((candidate) => candidate.startsWith(`${name}{nodeID="one"} `));
			expect(Number(line?.split(" ")[1])).toBeGreaterThan(0);
		}
		// Moleculer's process figures would show the command line and the user's home.
		expect(lines.join("\n")).not.toMatch(/process_arguments|os_user|caller=|quantile=/);
	});

	test("every line is one that Prometheus can read", async () => {
		const broker = await start();
		await broker.call("shop.buy");
		const form = /^[a-zA-Z_]\w*\{(\w+="([^"\\\n]|\\["\\n])*",?)*\} (NaN|-?[\d.]+(e[+-]?\d+)?)$/;
		for (const line of series(await scrape(broker))) expect(line).toMatch(form);
	});

	test("what callers send makes no series", async () => {
		const broker = await start();
		const call = (index: number) =>
			broker.call(
				index % 2 === 0 ? "shop.buy" : "shop.refuse",
				{ path: `/live/${index}` },
				{ requestID: `r${index}`, meta: { user: { id: String(index) } } }
			);
		await Promise.allSettled([0, 1].map(call));
		const before = series(await scrape(broker)).length;
		await Promise.allSettled(Array.from({ length: 200 }, (_, index) => call(index)));
		await expect(broker.call("shop.unknown-4711")).rejects.toThrow();
		expect(series(await scrape(broker))).toHaveLength(before);
	});

	test("without METRICS_PORT there is neither a server nor a count", async () => {
		const broker = await start({ variables: { METRICS_PORT: "" } });
		await broker.call("shop.buy");
		expect(broker.metrics.reporter).toBeUndefined();
		expect(broker.metrics.hasMetric("moleculer.request.total")).toBe(false);
	});

	test("two brokers in one process are apart", async () => {
		const [first, second] = [await start(), await start({ nodeId: "two" })];
		await first.call("shop.buy");
		expect(addressOf(first)).not.toBe(addressOf(second));
		expect(await scrape(first)).toContain('moleculer_request_total{nodeID="one"');
		expect(await scrape(second)).not.toContain("moleculer_request_total{");
	});

	test("a taken port costs the metrics, not the node", async () => {
		const first = await start();
		const log = new Captured();
		const port = new URL(addressOf(first)).port;
		const second = await start({ nodeId: "two", variables: { METRICS_PORT: port }, log });
		expect(await second.call("shop.buy")).toBe("bought");
		await second.stop();
		expect(log.lines.map((line) => line.msg)).toContain(
			"The metrics endpoint cannot listen; the node goes on without it."
		);
		// The last thing that `stop` says; an error on the way would have cut it short.
		expect(log.lines.at(-1)?.msg).toContain("is stopped");
		expect(log.lines.filter((line) => line.level === "error")).toHaveLength(1);
	});

	test("a broker that stops at once leaves no server behind", async () => {
		const broker = await startObserved({
			nodeId: "one",
			services: [],
			variables: { METRICS_PORT: "0" }
		});
		await broker.stop();
		expect(serverOf(broker).listening).toBe(false);
		await expect(
			once(serverOf(broker), "listening", { signal: AbortSignal.timeout(50) })
		).rejects.toThrow();
	});

	test("it binds HOST only, and closes with the broker, an open scrape or not", async () => {
		const broker = await start();
		const url = new URL(addressOf(broker));
		expect(url.hostname).toBe("127.0.0.1");
		const idle = connect(Number(url.port), url.hostname);
		await once(idle, "connect");
		idle.write("GET /metrics HTTP/1.1\r\n");
		const closed = once(idle, "close");
		await broker.stop();
		await closed;
		await expect(fetch(url)).rejects.toThrow();
	});
});
