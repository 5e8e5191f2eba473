/** What is watched must exist: a renamed metric would leave an empty panel and a mute alert. */
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { limits } from "../../config/limits.ts";
import type { Prometheus } from "../../config/observability/prometheus.ts";
import { processes } from "../../config/processes.ts";
import outbox from "../../services/outbox/outbox.service.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { until } from "../harness/until.ts";

const read = (name: string): string =>
	readFileSync(new URL(`../../monitoring/${name}`, import.meta.url), "utf8");

interface Board {
	readonly panels: readonly {
		readonly id: number;
		readonly title: string;
		readonly type: string;
		readonly gridPos: { readonly x: number; readonly w: number };
		readonly targets?: readonly { readonly expr: string }[];
	}[];
	readonly templating: { readonly list: readonly { readonly query: string }[] };
}

interface Alerts {
	readonly groups: readonly {
		readonly rules: readonly {
			readonly alert: string;
			readonly expr: string;
			readonly labels: { readonly severity: string };
			readonly annotations: { readonly summary: string };
		}[];
	}[];
}

const board = JSON.parse(read("grafana/cluster.json")) as Board;
const rules = (parse(read("alerts.yml")) as Alerts).groups.flatMap((group) => group.rules);
const expressions = [
	...board.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => expr)),
	...rules.map(({ expr }) => expr)
];

/** Names of metrics in PromQL: identifiers that are no function, keyword, label or label value. */
function metricsIn(expression: string): string[] {
	const bare = expression
		.replaceAll(/"[^"]*"/g, "")
		.replaceAll(/\{[^}]*\}/g, "")
		.replaceAll(/\[[^\]]*\]/g, "")
		.replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, "")
		.replaceAll(/\b\d[\w.]*/g, "");
	const names = bare.match(/[a-zA-Z_:][\w:]*\b(?!\s*\()/g) ?? [];
	const keywords = new Set(["by", "without", "and", "or", "unless", "bool", "offset", "up"]);
	return names.filter((name) => !keywords.has(name));
}

/** Names of labels that an expression filters or groups by. */
function labelsIn(expression: string): string[] {
	const bare = expression.replaceAll(/"[^"]*"/g, "");
	const lists = [...bare.matchAll(/\{([^}]*)\}|\bby\s*\(([^)]*)\)/g)];
	return lists.flatMap(([, filter, group]) => (filter ?? group ?? "").match(/\w+/g) ?? []);
}

const shaky: ServiceSchema = {
	name: "shaky",
	actions: {
		fail: { auth: "internal", handler: () => Promise.reject(new Error("down")) } as object
	}
};

describe("monitoring", () => {
	let opened: Opened;
	let broker: ServiceBroker;
	const exported = async (): Promise<string> => {
		const [reporter] = broker.metrics.reporter as unknown as Prometheus[];
		if (!reporter) throw new Error("This broker has no metrics endpoint.");
		const { port } = reporter.server.address() as AddressInfo;
		return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
	};

	beforeAll(async () => {
		const [sqlite] = sqlBackends;
		if (!sqlite) throw new Error("There is always SQLite.");
		opened = await sqlite.open({
			variables: { METRICS_PORT: "0", OTLP_URL: "http://127.0.0.1:9" }
		});
		broker = await startBroker({ env: opened.env, services: [outbox, shaky], migrate: true });
		for (let index = 0; index < 20; index += 1) {
			await broker.call("shaky.fail").catch(() => {});
		}
		await until(async () => /^outbox_canary_age_milliseconds\{/m.test(await exported()), 30_000);
	});
	afterAll(async () => {
		await broker.stop();
		await opened.close();
	});

	test("every metric of the board and the alerts is exported", async () => {
		const types = new Map(
			[...(await exported()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
				name,
				type
			])
		);
		const known = (name: string): boolean =>
			types.has(name) || types.get(name.replace(/_(bucket|sum|count)$/, "")) === "histogram";
		const named = expressions.flatMap(metricsIn);
		const variables = board.templating.list.map(({ query }) => query.match(/\((\w+),/)?.[1] ?? "");
		expect(named.length).toBeGreaterThan(30);
		const missing = [...named, ...variables.filter(Boolean)].filter((name) => !known(name));
		expect(missing).toEqual([]);
	});

	test("an expression with a wrong name would be found", async () => {
		expect(metricsIn('sum by (a, le) (rate(foo_bucket{x="y"}[5m])) > 2 * max(bar_total)')).toEqual([
			"foo_bucket",
			"bar_total"
		]);
		expect(await exported()).not.toContain("# TYPE foo_bucket");
	});

	test("labels that expressions ask for are those that series carry", async () => {
		const text = await exported();
		const carried = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
		const asked = expressions.flatMap(labelsIn);
		expect(asked.filter((label) => !carried.has(label))).toEqual([]);
		expect(text).toMatch(
			/moleculer_circuit_breaker_opened_total\{[^}]*action="shaky.fail"[^}]*\} 1/
		);
		expect(text).toMatch(
			/moleculer_request_error_total\{[^}]*action="shaky.fail"[^}]*errorCode=""/
		);
	});

	test("prometheus scrapes every role at the port that it says", () => {
		const { scrape_configs: jobs, rule_files: files } = parse(read("prometheus.yml"));
		expect(jobs.map((job: { job_name: string }) => job.job_name)).toEqual(Object.keys(processes));
		for (const { job_name: name, dns_sd_configs: found } of jobs) {
			expect(found).toEqual([{ names: [name], type: "A", port: 9464 }]);
		}
		expect(files).toEqual(["alerts.yml"]);
	});

	test("alerts say what is wrong and whom to wake, at the bounds that health uses", () => {
		expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
		for (const { labels, annotations } of rules) {
			expect(["page", "ticket"]).toContain(labels.severity);
			expect(annotations.summary.length).toBeGreaterThan(10);
		}
		const bound = (alert: string) =>
			Number(rules.find((rule) => rule.alert === alert)?.expr.match(/> (\d+)/)?.[1]);
		expect(bound("OutboxLate")).toBe(limits.healthOutboxLagMillisecondsMax);
		expect(bound("CanaryLate")).toBe(limits.healthCanaryAgeMillisecondsMax);
	});

	test("panels have their own ids and stay on the board", () => {
		expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
		for (const { gridPos } of board.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
	});
});
