import { describe, expect, it } from "vitest";
import { developmentSecrets } from "./env.schema.ts";
import { InvalidEnvironment, loadEnv } from "./env.ts";

const secrets = {
	MASTER_SECRET: "m".repeat(40),
	PHONE_INDEX_KEY: "ab".repeat(32),
	PHONE_KEYS: `k2:${"cd".repeat(32)},k1:${"ef".repeat(32)}`
};

function problemsOf(variables: Record<string, string>): readonly string[] {
	try {
		loadEnv(variables);
		return [];
	} catch (error) {
		if (error instanceof InvalidEnvironment) return error.problems;
		throw error;
	}
}

describe("loadEnv", () => {
	it("needs nothing", () => {
		const env = loadEnv({});
		expect(env).toMatchObject({ production: false, role: "all", host: "127.0.0.1", demo: true });
		expect(env.ports.http).toBe(3000);
		expect(Object.isFrozen(env)).toBe(true);
	});

	it("takes an empty variable for one that is not set", () => {
		expect(loadEnv({ NATS_URL: "", PORT: "" }).ports.http).toBe(3000);
	});

	it("names every bad variable at once", () => {
		const problems = problemsOf({
			PORT: "70000",
			LOG_LEVEL: "loud",
			NATS_URL: "ftp://x",
			ROLE: "A B"
		});
		for (const name of ["PORT", "LOG_LEVEL", "NATS_URL", "ROLE"]) {
			expect(
				problems.some((problem) => problem.startsWith(name)),
				name
			).toBe(true);
		}
	});

	it.each(Object.keys(developmentSecrets))("refuses production on the default of %s", (name) => {
		const { [name as keyof typeof secrets]: _left, ...rest } = secrets;
		expect(problemsOf({ NODE_ENV: "production", ...rest })).toEqual([
			`${name} must be set in production (the default is public)`
		]);
	});

	it.each([
		[{ RATE_LIMITS: "off" }, "RATE_LIMITS"],
		[{ SMS_PROVIDER: "log" }, "SMS_PROVIDER"],
		[{ DEMO: "1" }, "DEMO"],
		[{ SANDBOX_PAYMENTS: "on" }, "SANDBOX_SECRET"]
	])("refuses %o in production", (variables, name) => {
		const [problem] = problemsOf({ NODE_ENV: "production", ...secrets, ...variables });
		expect(problem).toContain(name);
	});

	it("starts in production with secrets of its own, without demo people and SMS", () => {
		const env = loadEnv({ NODE_ENV: "production", ...secrets });
		expect(env).toMatchObject({ production: true, demo: false, sms: { provider: "off" } });
	});

	it("takes play money outside production, and inside only when asked to", () => {
		expect(loadEnv({}).sandbox).toMatchObject({
			on: true,
			url: "http://127.0.0.1:3100",
			external: false
		});
		const production = { NODE_ENV: "production", ...secrets };
		expect(loadEnv(production).sandbox.on).toBe(false);
		const asked = { SANDBOX_PAYMENTS: "on", SANDBOX_SECRET: "s".repeat(32) };
		expect(loadEnv({ ...production, ...asked }).sandbox.on).toBe(true);
		const elsewhere = loadEnv({ SANDBOX_URL: "http://pay.test:81" }).sandbox;
		expect(elsewhere).toMatchObject({ external: true, url: "http://pay.test:81" });
	});

	it.each([
		[{ ROLE: "edge" }, "ROLE needs NATS_URL"],
		[{ NATS_URL: "nats://127.0.0.1:4222" }, "NATS_URL needs MYSQL_URL and REDIS_URL"],
		[{ MYSQL_REPLICA_URL: "mysql://a@127.0.0.1/x" }, "MYSQL_REPLICA_URL needs MYSQL_URL"],
		[{ SMS_PROVIDER: "http" }, "SMS_HTTP_URL and SMS_HTTP_SECRET"],
		[{ RTMPS_PORT: "1936" }, "RTMPS_PORT needs RTMPS_CERT_FILE and RTMPS_KEY_FILE"]
	])("refuses %o", (variables, problem) => {
		expect(problemsOf(variables).join()).toContain(problem);
	});

	it("never shows a value in a problem", () => {
		const secret = "short-but-secret";
		expect(problemsOf({ MASTER_SECRET: secret }).join()).not.toContain(secret);
	});
});
