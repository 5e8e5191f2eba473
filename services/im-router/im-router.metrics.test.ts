import { ServiceBroker } from "moleculer";
import { expect, it } from "vitest";
import { routerMetrics } from "./im-router.metrics.ts";

it("counts by reason, shows what waits, and is silent where metrics are off", () => {
	const broker = new ServiceBroker({
		...{ logger: false, skipProcessEventRegistration: true },
		metrics: { enabled: true, collectProcessMetrics: false }
	});
	const metrics = routerMetrics(broker, true);
	metrics.count("im.lines.shed.total", 3, "chat");
	metrics.count("im.lines.shed.total", 2, "chat");
	metrics.count("im.lines.forwarded.total", 7);
	metrics.count("im.lines.retried.total", 0);
	metrics.set("im.lines.waiting", 4);
	const value = (name: string, labels?: object) =>
		(
			broker.metrics.getMetric(name) as unknown as { get(by?: object): { value: number } | null }
		).get(labels)?.value ?? 0;
	expect(value("im.lines.shed.total", { reason: "chat" })).toBe(5);
	expect(value("im.lines.forwarded.total")).toBe(7);
	expect(value("im.lines.waiting")).toBe(4);
	const off = routerMetrics(new ServiceBroker({ logger: false }), false);
	expect(() => off.count("im.lines.forwarded.total", 1)).not.toThrow();
});
