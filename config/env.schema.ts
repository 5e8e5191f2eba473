/**
 * Every environment variable that the platform knows: its shape, default and meaning.
 * `.env.example` lists the same names; a test holds the two together.
 */
import { type Static, Type } from "typebox";

const port = (fallback: number, description: string) =>
	Type.Integer({ minimum: 0, maximum: 65_535, default: fallback, description });
const url = (protocols: string, description: string) =>
	Type.Optional(Type.String({ pattern: `^(${protocols})://.+`, maxLength: 500, description }));
const word = <const T extends string[]>(words: T, fallback: T[number], description: string) =>
	Type.Unsafe<T[number]>({ type: "string", enum: words, default: fallback, description });
const secret = (fallback: string, description: string) =>
	Type.String({ minLength: 32, maxLength: 4096, default: fallback, description });

/** Known to everybody who can read this file; production refuses to start on any of them. */
export const developmentSecrets = {
	MASTER_SECRET: "development-only-master-secret-0000000000",
	PHONE_INDEX_KEY: "d0".repeat(32),
	PHONE_KEYS: `dev:${"d1".repeat(32)}`
} as const;

/** Signs for the sandbox provider unless told; production refuses it where the sandbox is on. */
export const developmentSandboxSecret = "development-only-sandbox-secret-00000000";

export const EnvSchema = Type.Object({
	NODE_ENV: word(
		["development", "test", "production"],
		"development",
		"production refuses default secrets and switches the development helpers off"
	),
	ROLE: Type.String({
		default: "all",
		pattern: "^[a-z][a-z-]{0,31}$",
		description: "Which group of services this process runs (config/processes.ts)"
	}),
	LOG_LEVEL: word(
		["fatal", "error", "warn", "info", "debug", "trace"],
		"info",
		"Lowest level written"
	),
	HOST: Type.String({ default: "127.0.0.1", maxLength: 255, description: "Address to bind" }),
	PORT: port(3000, "HTTP and sockets"),
	RTMP_PORT: port(1935, "RTMP ingest"),
	RTMPS_PORT: Type.Optional(
		Type.Integer({ minimum: 0, maximum: 65_535, description: "RTMP over TLS; off when unset" })
	),
	RTMPS_CERT_FILE: Type.Optional(
		Type.String({ maxLength: 1000, description: "Certificate of RTMPS, PEM, with its chain" })
	),
	RTMPS_KEY_FILE: Type.Optional(
		Type.String({ maxLength: 1000, description: "Private key of RTMPS, PEM" })
	),
	MEDIA_PORT: port(8000, "FLV and HLS playback"),
	SANDBOX_PORT: port(3100, "Sandbox payment provider"),
	SANDBOX_PAYMENTS: Type.Optional(
		Type.Unsafe<"on" | "off">({
			type: "string",
			enum: ["on", "off"],
			description: "Play money; on outside production, off in production unless told"
		})
	),
	SANDBOX_URL: url(
		"http|https",
		"A sandbox provider that runs elsewhere; the platform starts its own on SANDBOX_PORT else"
	),
	SANDBOX_SECRET: Type.Optional(
		Type.String({
			minLength: 32,
			maxLength: 500,
			description: "Signs what the platform and the sandbox tell each other"
		})
	),
	METRICS_PORT: Type.Optional(
		Type.Integer({ minimum: 0, maximum: 65_535, description: "Prometheus metrics; off when unset" })
	),
	DATA_DIR: Type.String({ default: ".data", minLength: 1, description: "SQLite file, uploads" }),
	NATS_URL: url(
		"nats|tls",
		"Bus between nodes, one URL per server; without it all runs in one process"
	),
	REDIS_URL: url("redis|rediss", "Fast state shared by nodes; without it in-process stores"),
	MYSQL_URL: url("mysql", "Primary; without it SQLite in DATA_DIR"),
	MYSQL_REPLICA_URL: url("mysql", "Read replica; reads go to the primary without it"),
	PUBLIC_URL: url("http|https", "Base of the links that leave the platform"),
	PUBLIC_MEDIA_URL: url("http|https", "Base of the play URLs"),
	PUBLIC_RTMP_URL: url("rtmp|rtmps", "Base of the publish address"),
	ALLOWED_ORIGINS: Type.String({
		default: "",
		maxLength: 2000,
		description: "Browser origins besides our own, comma separated, compared exactly"
	}),
	TRUSTED_PROXIES: Type.String({
		default: "",
		maxLength: 1000,
		description: "Addresses or CIDR blocks whose X-Forwarded-For is believed, comma separated"
	}),
	OTLP_URL: url(
		"http|https",
		"OpenTelemetry collector, e.g. http://127.0.0.1:4318; off when unset"
	),
	TRACE_RATIO: Type.Number({
		default: 1,
		minimum: 0,
		maximum: 1,
		description: "Share of the requests that are traced, where OTLP_URL is set"
	}),
	CURRENCY: Type.String({
		default: "USD",
		pattern: "^[A-Z]{3}$",
		description: "One per deployment"
	}),
	COINS_PER_UNIT: Type.Integer({
		default: 100,
		minimum: 1,
		maximum: 1_000_000,
		description: "Coins that one unit of the currency buys"
	}),
	DEMO: Type.Optional(
		Type.Unsafe<"0" | "1">({
			type: "string",
			enum: ["0", "1"],
			description: "Demo people, goods and rooms on start; 1 outside production unless told"
		})
	),
	RATE_LIMITS: word(["on", "off"], "on", "off is for load tests and refused in production"),
	MASTER_SECRET: secret(
		developmentSecrets.MASTER_SECRET,
		"Encrypts the token signing keys at rest"
	),
	PHONE_INDEX_KEY: Type.String({
		default: developmentSecrets.PHONE_INDEX_KEY,
		pattern: "^[0-9a-f]{64}$",
		description: "32 bytes in hex: keyed hash by which a phone is looked up"
	}),
	PHONE_KEYS: Type.String({
		default: developmentSecrets.PHONE_KEYS,
		pattern: "^[a-z0-9]{1,16}:[0-9a-f]{64}(,[a-z0-9]{1,16}:[0-9a-f]{64})*$",
		description: "AES-256 keys for phones as id:hex; the first encrypts, all decrypt"
	}),
	SMS_PROVIDER: Type.Optional(
		Type.Unsafe<"log" | "http" | "off">({
			type: "string",
			enum: ["log", "http", "off"],
			description:
				"log keeps messages in the development outbox (default outside production), " +
				"off switches sign-in by SMS off (default in production)"
		})
	),
	SMS_HTTP_URL: url("http|https", "Where the http provider posts messages"),
	SMS_HTTP_SECRET: Type.Optional(
		Type.String({ minLength: 16, maxLength: 500, description: "Signs the http provider's posts" })
	)
});

export type EnvVariables = Static<typeof EnvSchema>;
