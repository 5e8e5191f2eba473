/** What is watched must exist: a renamed metric would leave an empty panel and a mute alert. */
import { readdirSync, readFileSync } from "node:fs";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { brokerOptions } from "../../config/broker.ts";
import { limits } from "../../config/limits.ts";
import { loadServices, processes } from "../../config/processes.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import { boardText } from "../../scripts/boards/board.ts";
import { boards as planned } from "../../scripts/boards/index.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { until } from "../harness/until.ts";
import { exportedBy, functionsIn, labelsIn, metricsIn } from "./observability-promql.ts";

const folder = new URL("../../monitoring/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

interface Board {
	readonly uid: string;
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

const names = readdirSync(new URL("grafana", folder));
const boards = names.map((name) => JSON.parse(read(`grafana/${name}`)) as Board);
const rules = (parse(read("alerts.yml")) as Alerts).groups.flatMap((group) => group.rules);
const shown = boards.flatMap(({ panels, templating }) => [
	...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
	...templating.list.map(({ query }) => query.match(/\((\w+),/)?.[1] ?? "")
]);
const expressions = [...shown, ...rules.map(({ expr }) => expr)];

const shaky: ServiceSchema = {
	name: "shaky",
	actions: {
		fail: { auth: "internal", handler: () => Promise.reject(new Error("down")) } as object
	}
};

/** PromQL functions and operators with parentheses that we use. */
const known = [
	...["sum", "max", "topk", "rate", "increase", "delta", "abs", "absent", "histogram_quantile"]
];

describe("monitoring", () => {
	let opened: Opened;
	let broker: ServiceBroker;
	const exported = () => exportedBy(broker);

	beforeAll(async () => {
		const [sqlite] = sqlBackends;
		if (!sqlite) throw new Error("There is always SQLite.");
		opened = await sqlite.open({
			variables: { METRICS_PORT: "0", OTLP_URL: "http://127.0.0.1:9" }
		});
		await migrate(opened.env);
		broker = new ServiceBroker(brokerOptions(opened.env, { logger: false }));
		await loadServices(broker, "all");
		broker.createService(shaky);
		await broker.start();
		for (let index = 0; index < 20; index += 1) {
			await broker.call("shaky.fail").catch(() => {});
		}
		await until(async () => /^outbox_canary_age_milliseconds\{/m.test(await exported()), 60_000);
	});
	afterAll(async () => {
		await broker.stop();
		await opened.close();
	});

	/** Labels of each metric that the platform registers and shows, as Prometheus names both. */
	const registered = async (): Promise<Map<string, readonly string[]>> => {
		const text = await exported();
		const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
		const own = new Map(
			[...broker.metrics.store.values()].map(({ name, labelNames }) => [
				name.replaceAll(/[.:-]/g, "_"),
				labelNames
			])
		);
		return new Map(
			types.flatMap(([, name = "", type]) => {
				const labels = ["nodeID", ...(own.get(name) ?? [])];
				const parts = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
				return parts.map((part) => [
					name + part,
					[...labels, ...(part === "_bucket" ? ["le"] : [])]
				]);
			})
		);
	};

	test("every metric of the boards and the alerts is exported", async () => {
		const metrics = await registered();
		const named = expressions.flatMap(metricsIn);
		expect(named.length).toBeGreaterThan(100);
		expect(named.filter((name) => !metrics.has(name))).toEqual([]);
	});

	test("every metric that is exported is on a board", async () => {
		const named = new Set(shown.flatMap(metricsIn));
		const parts = /_(bucket|sum|count)$/;
		const unseen = [...(await registered()).keys()].filter(
			(name) =>
				!named.has(name) &&
				!["_bucket", "_count"].some((part) => named.has(name.replace(parts, "") + part))
		);
		expect(unseen).toEqual([]);
	});

	test("an expression with a wrong name would be found", async () => {
		expect(metricsIn('sum by (a, le) (rate(foo_bucket{x="y"}[5m])) > 2 * max(bar_total)')).toEqual([
			"foo_bucket",
			"bar_total"
		]);
		expect((await registered()).has("foo_bucket")).toBe(false);
	});

	test("expressions name labels that their metrics have, and functions that exist", async () => {
		const metrics = await registered();
		for (const expression of expressions) {
			// `up` is Prometheus's own and has these.
			const carried = metricsIn(expression).flatMap((name) => metrics.get(name) ?? []);
			expect(carried, expression).toEqual(expect.arrayContaining(labelsIn(expression)));
			expect(known, expression).toEqual(expect.arrayContaining(functionsIn(expression)));
			for (const [open, close] of ["()", "{}", "[]"]) {
				expect(expression.split(open as string).length, expression).toBe(
					expression.split(close as string).length
				);
			}
		}
		const text = await exported();
		expect(text).toMatch(
			/moleculer_circuit_breaker_opened_total\{[^}]*action="shaky.fail"[^}]*\} 1/
		);
		expect(text).toMatch(
			/moleculer_request_error_total\{[^}]*action="shaky.fail"[^}]*errorCode=""/
		);
	});

	test("the boards are those of scripts/boards/: npm run boards", () => {
		expect(names.sort()).toEqual(planned.map(({ name }) => `${name}.json`).sort());
		for (const board of planned) expect(read(`grafana/${board.name}.json`)).toBe(boardText(board));
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

	test("each alert has a section that says what to do, and each section its alert", () => {
		const text = readFileSync(new URL("../docs/OPERATIONS.md", folder), "utf8");
		const runbook = text.split(/^## Alarms$/m)[1]?.split(/^## /m)[0] ?? "";
		const sections = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
		expect(sections.sort()).toEqual(rules.map(({ alert }) => alert).sort());
	});

	test("panels have their own ids and stay on the board, boards have their own address", () => {
		expect(new Set(boards.map(({ uid }) => uid)).size).toBe(boards.length);
		for (const { panels } of boards) {
			expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
			for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
		}
	});
});
