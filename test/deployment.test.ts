/**
 * docker-compose.yml, without a Docker engine: it is parsed and held together
 * with the code, and what the image would contain is put into a folder and started.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import { freshSecrets } from "../scripts/doctor/secrets.ts";
import { natsCommand } from "../scripts/servers/nats.ts";
import { health } from "../services/health/health.contract.ts";

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
	readonly profiles?: string[];
	readonly mem_limit?: string;
	readonly logging?: { readonly options?: Readonly<Record<string, string>> };
	readonly ulimits?: { readonly nofile: number };
}

interface Compose {
	readonly services: Record<string, Container>;
	readonly configs: Record<string, { readonly content: string }>;
	readonly volumes: Record<string, null>;
}

const text = read("docker-compose.yml");
const dockerfile = read("Dockerfile");

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
/** For what is off unless asked for. */
const ofTrial = { SANDBOX_PAYMENTS: "on", SANDBOX_SECRET: "a secret of the sandbox for the trial" };
const compose = composeWith({ ...secrets, ...ofTrial });
/** What runs without a `--profile`. */
const always = Object.entries(composeWith(secrets).services).filter(
	([, { profiles }]) => !profiles
);
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

	it("takes play money only when told", () => {
		for (const [name, { build, environment }] of always) {
			if (build) expect(loadEnv(environment).sandbox.on, name).toBe(false);
		}
		const { sandbox } = compose.services;
		expect(sandbox?.profiles).toEqual(["sandbox"]);
		const { sandbox: till, ports } = loadEnv(sandbox?.environment);
		expect(till.on).toBe(true);
		expect(sandbox?.ports?.[0]).toMatch(new RegExp(`:${ports.sandbox}$`));
		expect(sandbox?.command).toContain("http://edge:3000/api/payments/sandbox/callback");
		// Without its own secret it refuses to start.
		const careless = composeWith({ ...secrets, SANDBOX_PAYMENTS: "on" }).services.sandbox;
		expect(() => loadEnv(careless?.environment)).toThrow("SANDBOX_SECRET");
	});

	it("bounds logs, memory and files", () => {
		for (const [name, { logging, mem_limit, build, ulimits }] of containers) {
			expect(logging?.options, name).toHaveProperty("max-size");
			expect(logging?.options, name).toHaveProperty("max-file");
			if (name !== "mysql-replication") expect(mem_limit, name).toMatch(/^\d+[mg]$/);
			if (build) expect(ulimits?.nofile, name).toBeGreaterThan(limits.socketsPerNodeMax);
		}
	});

	it("backs up the pictures and the database into a volume of its own", () => {
		const { backup, core } = compose.services;
		expect(backup?.profiles).toEqual(["backup"]);
		expect(backup?.command).toEqual(["node", "scripts/backup.ts"]);
		const { dataDir } = loadEnv(backup?.environment);
		expect(backup?.volumes).toEqual([`pictures:${dataDir}`, `backups:${dataDir}/backups`]);
		expect(core?.volumes).toEqual([`pictures:${dataDir}`]);
		expect(dockerfile).toContain("mariadb-client");
	});

	it("shows all boards on the first start", () => {
		const { grafana } = compose.services;
		const source = parse(compose.configs["grafana-source"]?.content ?? "").datasources[0];
		expect(source).toMatchObject({ type: "prometheus", isDefault: true });
		expect(Object.keys(compose.services)).toContain(new URL(source.url).hostname);
		const provider = parse(compose.configs["grafana-boards"]?.content ?? "").providers[0];
		expect(grafana?.volumes).toContain(`./monitoring/grafana:${provider.options.path}:ro`);
		const sources = grafana?.configs?.map(({ source }) => source);
		expect(sources).toEqual(["grafana-source", "grafana-boards"]);
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
		const jobs = ["migrate", "mysql-replication", "backup"];
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
