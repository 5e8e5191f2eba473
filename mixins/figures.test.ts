import type { ServiceBroker } from "moleculer";
import { afterEach, describe, expect, test } from "vitest";
import { groupCommit } from "../lib/group-commit.ts";
import { until } from "../test/harness/until.ts";
import { startObserved } from "../test/integration/observability-broker.ts";
import { exportedBy } from "../test/integration/observability-promql.ts";
import { register, sample, watchCommits } from "./figures.ts";

const gauge = { type: "gauge", name: "tea.cups", description: "Cups on the table" } as const;

describe("figures", () => {
	const brokers: ServiceBroker[] = [];
	const start = async (port: string) => {
		const variables = { METRICS_PORT: port };
		const broker = await startObserved({ nodeId: "one", services: [], variables });
		brokers.push(broker);
		return broker;
	};
	afterEach(async () => {
		await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
	});

	test("registering again forgets nothing", async () => {
		const broker = await start("0");
		register(broker, [gauge]);
		broker.metrics.set(gauge.name, 7);
		register(broker, [gauge]);
		expect(await exportedBy(broker)).toContain('tea_cups{nodeID="one"} 7');
	});

	test("samples are taken again and again, after one that failed too, until they end", async () => {
		const broker = await start("0");
		let count = 0;
		const end = sample(
			broker,
			async () => {
				count += 1;
				if (count === 1) throw new Error("not yet");
			},
			1
		);
		await until(() => count >= 3);
		end();
		const last = count;
		let others = 0;
		const endOthers = sample(
			broker,
			() => {
				others += 1;
			},
			1
		);
		await until(() => others >= 5);
		endOthers();
		expect(count).toBe(last);
	});

	test("commits of a lane tell their items, their time and who waits", async () => {
		const broker = await start("0");
		const group = groupCommit<number, number>({
			commit: async (items) => items,
			...{ itemsMax: 10, bytesMax: 100, bytesOf: () => 1, queueItemsMax: 100, queueBytesMax: 100 },
			onCommit: watchCommits(broker, "tea")
		});
		await Promise.all(Array.from({ length: 25 }, (_, index) => group.submit(index)));
		await group.stop();
		const text = await exportedBy(broker);
		expect(text).toContain('group_commit_items_total{nodeID="one",lane="tea"} 25');
		expect(text).toContain('group_commit_milliseconds_count{nodeID="one",lane="tea"} 3');
		expect(text).toContain('group_commit_waiting{nodeID="one",lane="tea"} 0');
	});

	test("without metrics nothing is taken", async () => {
		const broker = await start("");
		register(broker, [gauge]);
		let count = 0;
		sample(broker, () => {
			count += 1;
		})();
		watchCommits(broker, "tea")({ items: 1, milliseconds: 1, waiting: 0 });
		expect(count).toBe(0);
		expect(broker.metrics.hasMetric(gauge.name)).toBe(false);
	});
});
