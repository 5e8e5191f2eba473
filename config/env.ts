/**
 * The only reader of the environment. All variables are checked at once and each bad one is
 * named; what comes out is frozen and typed.
 */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { Ajv } from "ajv";
import type { ServiceBroker } from "moleculer";
import {
	developmentSandboxSecret,
	developmentSecrets,
	EnvSchema,
	type EnvVariables
} from "./env.schema.ts";

export interface Env {
	readonly production: boolean;
	readonly nodeEnv: EnvVariables["NODE_ENV"];
	readonly role: string;
	readonly nodeId: string;
	readonly logLevel: EnvVariables["LOG_LEVEL"];
	readonly host: string;
	readonly ports: {
		readonly http: number;
		readonly rtmp: number;
		readonly media: number;
		readonly sandbox: number;
		readonly metrics: number | undefined;
	};
	/** RTMP over TLS, where it is on. */
	readonly rtmps:
		| { readonly port: number; readonly certFile: string; readonly keyFile: string }
		| undefined;
	readonly dataDir: string;
	/** Servers of the cluster; all undefined in embedded mode. */
	readonly natsUrl: string | undefined;
	readonly redisUrl: string | undefined;
	readonly mysqlUrl: string | undefined;
	readonly mysqlReplicaUrl: string | undefined;
	readonly publicUrl: string | undefined;
	readonly publicMediaUrl: string | undefined;
	readonly publicRtmpUrl: string | undefined;
	readonly allowedOrigins: readonly string[];
	readonly trustedProxies: readonly string[];
	readonly otlpUrl: string | undefined;
	readonly traceRatio: number;
	readonly currency: string;
	readonly coinsPerUnit: number;
	readonly demo: boolean;
	readonly rateLimits: boolean;
	readonly secrets: {
		readonly master: string;
		readonly phoneIndexKey: string;
		readonly phoneKeys: string;
	};
	/** The provider that takes play money. */
	readonly sandbox: {
		readonly on: boolean;
		/** Where it answers; runs elsewhere when `external`. */
		readonly url: string;
		readonly external: boolean;
		readonly secret: string;
	};
	readonly sms: {
		readonly provider: "log" | "http" | "off";
		readonly url: string | undefined;
		readonly secret: string | undefined;
	};
}

/** Thrown with every bad variable named, so that one start shows all that is wrong. */
export class InvalidEnvironment extends Error {
	readonly problems: readonly string[];
	constructor(problems: readonly string[]) {
		super(`The environment is not valid:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
		this.name = "InvalidEnvironment";
		this.problems = problems;
	}
}

const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false });
const check = ajv.compile<EnvVariables>(EnvSchema);

/** The process's variables, and those of `.env` in the working directory that are not set. */
function environment(): Record<string, string | undefined> {
	if (existsSync(".env")) process.loadEnvFile(".env");
	return process.env;
}

/** Reads and checks `source`; throws `InvalidEnvironment`. */
export function loadEnv(source: Record<string, string | undefined> = environment()): Env {
	const variables: Record<string, unknown> = {};
	for (const name of Object.keys(EnvSchema.properties)) {
		// An empty variable means "not set": compose files and CI set them that way.
		if (source[name] !== undefined && source[name] !== "") variables[name] = source[name];
	}
	const problems: string[] = [];
	if (!check(variables)) {
		for (const error of check.errors ?? []) {
			problems.push(`${error.instancePath.slice(1)} ${error.message}`);
		}
	}
	problems.push(...contradictions(variables as EnvVariables));
	if (problems.length > 0) throw new InvalidEnvironment(problems);
	return Object.freeze(shape(variables as EnvVariables));
}

function contradictions(env: EnvVariables): string[] {
	const problems: string[] = [];
	if (env.NODE_ENV === "production") {
		for (const [name, value] of Object.entries(developmentSecrets)) {
			if (env[name as keyof typeof developmentSecrets] === value) {
				problems.push(`${name} must be set in production (the default is public)`);
			}
		}
		if (env.DEMO === "1") {
			problems.push("DEMO must be 0 in production (demo people have known passwords)");
		}
		if (env.RATE_LIMITS === "off") problems.push("RATE_LIMITS must be on in production");
		if (sandboxIsOn(env) && sandboxSecretOf(env) === developmentSandboxSecret) {
			problems.push("SANDBOX_SECRET must be set in production (the default is public)");
		}
		if (env.SMS_PROVIDER === "log") {
			problems.push("SMS_PROVIDER=log is for development (codes would lie open on this machine)");
		}
	}
	if (env.SMS_PROVIDER === "http" && !(env.SMS_HTTP_URL && env.SMS_HTTP_SECRET)) {
		problems.push("SMS_HTTP_URL and SMS_HTTP_SECRET must be set with SMS_PROVIDER=http");
	}
	if (env.RTMPS_PORT !== undefined && !(env.RTMPS_CERT_FILE && env.RTMPS_KEY_FILE)) {
		problems.push("RTMPS_PORT needs RTMPS_CERT_FILE and RTMPS_KEY_FILE");
	}
	if (env.MYSQL_REPLICA_URL && !env.MYSQL_URL) {
		problems.push("MYSQL_REPLICA_URL needs MYSQL_URL");
	}
	if (env.NATS_URL && !(env.MYSQL_URL && env.REDIS_URL)) {
		problems.push("NATS_URL needs MYSQL_URL and REDIS_URL: nodes must share their data");
	}
	if (env.ROLE !== "all" && !env.NATS_URL) {
		problems.push("ROLE needs NATS_URL: a part of the platform cannot run alone");
	}
	return problems;
}

const sandboxIsOn = (env: EnvVariables): boolean =>
	env.SANDBOX_PAYMENTS === undefined
		? env.NODE_ENV !== "production"
		: env.SANDBOX_PAYMENTS === "on";

const sandboxSecretOf = (env: EnvVariables): string =>
	env.SANDBOX_SECRET ?? developmentSandboxSecret;

/** What binds every address is reached by the loopback one. */
export const reachable = (host: string): string =>
	host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;

function sandboxOf(env: EnvVariables): Env["sandbox"] {
	return {
		on: sandboxIsOn(env),
		url: env.SANDBOX_URL ?? `http://${reachable(env.HOST)}:${env.SANDBOX_PORT}`,
		external: env.SANDBOX_URL !== undefined,
		secret: sandboxSecretOf(env)
	};
}

const list = (value: string): string[] =>
	value
		.split(",")
		.map((item) => item.trim())
		.filter((item) => item !== "");

function rtmpsOf(env: EnvVariables): Env["rtmps"] {
	const { RTMPS_PORT: port, RTMPS_CERT_FILE: certFile, RTMPS_KEY_FILE: keyFile } = env;
	return port !== undefined && certFile && keyFile ? { port, certFile, keyFile } : undefined;
}

function shape(env: EnvVariables): Env {
	const production = env.NODE_ENV === "production";
	return {
		production,
		nodeEnv: env.NODE_ENV,
		role: env.ROLE,
		nodeId: `${env.ROLE}-${hostname()}-${process.pid}`,
		logLevel: env.LOG_LEVEL,
		host: env.HOST,
		ports: {
			http: env.PORT,
			rtmp: env.RTMP_PORT,
			media: env.MEDIA_PORT,
			sandbox: env.SANDBOX_PORT,
			metrics: env.METRICS_PORT
		},
		rtmps: rtmpsOf(env),
		dataDir: resolve(env.DATA_DIR),
		natsUrl: env.NATS_URL,
		redisUrl: env.REDIS_URL,
		mysqlUrl: env.MYSQL_URL,
		mysqlReplicaUrl: env.MYSQL_REPLICA_URL,
		publicUrl: env.PUBLIC_URL,
		publicMediaUrl: env.PUBLIC_MEDIA_URL,
		publicRtmpUrl: env.PUBLIC_RTMP_URL,
		allowedOrigins: list(env.ALLOWED_ORIGINS),
		trustedProxies: list(env.TRUSTED_PROXIES),
		otlpUrl: env.OTLP_URL,
		traceRatio: env.TRACE_RATIO,
		currency: env.CURRENCY,
		coinsPerUnit: env.COINS_PER_UNIT,
		demo: env.DEMO === undefined ? !production : env.DEMO === "1",
		rateLimits: env.RATE_LIMITS === "on",
		secrets: {
			master: env.MASTER_SECRET,
			phoneIndexKey: env.PHONE_INDEX_KEY,
			phoneKeys: env.PHONE_KEYS
		},
		sandbox: sandboxOf(env),
		sms: {
			provider: env.SMS_PROVIDER ?? (production ? "off" : "log"),
			url: env.SMS_HTTP_URL,
			secret: env.SMS_HTTP_SECRET
		}
	};
}

/** The environment of a child process: ours with `changes`. */
export const childEnvironment = (
	changes: Readonly<Record<string, string>>
): Record<string, string | undefined> => ({ ...process.env, ...changes });

const bound = new WeakMap<ServiceBroker, Env>();

/** Gives a broker its environment. Tests run several brokers with different ones in a process. */
export const bindEnv = (broker: ServiceBroker, env: Env): void => {
	bound.set(broker, env);
};

/** The environment of the broker that a service or mixin runs on. */
export function envOf(broker: ServiceBroker): Env {
	const env = bound.get(broker);
	if (!env) throw new Error("This broker has no environment: build it with brokerOptions().");
	return env;
}
