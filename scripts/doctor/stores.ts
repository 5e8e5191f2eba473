/**
 * A real conversation with each server. Each look answers one line for people, and throws when the
 * server is not there or is not what the platform needs.
 */
import { Redis } from "ioredis";
import { connect } from "nats";
import { natsOptions } from "../../config/nats.ts";
import type { ChannelPlan } from "../../mixins/channels/index.ts";
import { durableOf, streamOf, subjectOf } from "../../mixins/channels/streams.ts";
import { query } from "../servers/mariadb.ts";

const timeoutMs = 3_000;
const clockSkewMillisecondsMax = 2_000;

/** JetStream must be on: durable messages live there. */
export async function lookAtNats(url: string): Promise<string> {
	const options = { ...natsOptions(url), reconnect: false, timeout: timeoutMs };
	const connection = await connect(options);
	try {
		const manager = await connection.jetstreamManager({ timeout: timeoutMs });
		const { streams } = await manager.getAccountInfo();
		const { version } = connection.info ?? {};
		return `NATS ${version}, JetStream with ${streams} streams`;
	} finally {
		await connection.close();
	}
}

/** Streams, and `stream/consumer`, that are planned and not there. */
export async function missingStreams(
	url: string,
	{ plan, namespace }: { readonly plan: readonly ChannelPlan[]; readonly namespace: string }
): Promise<string[]> {
	const options = { ...natsOptions(url), reconnect: false, timeout: timeoutMs };
	const connection = await connect(options);
	try {
		const manager = await connection.jetstreamManager({ timeout: timeoutMs });
		const there = new Set<string>();
		for await (const { config } of manager.streams.list()) there.add(config.name);
		const missing: string[] = [];
		for (const { name, groups } of plan) {
			const stream = streamOf(subjectOf(namespace, name));
			const consumers = new Set<string>();
			if (!there.has(stream)) missing.push(stream);
			else for await (const found of manager.consumers.list(stream)) consumers.add(found.name);
			const durables = groups.map(durableOf).filter((durable) => !consumers.has(durable));
			missing.push(...durables.map((durable) => `${stream}/${durable}`));
		}
		return missing;
	} finally {
		await connection.close();
	}
}

/** A store that drops keys when it is full would forget locks and limits. */
export async function lookAtRedis(url: string): Promise<string> {
	const client = new Redis(url, {
		lazyConnect: true,
		connectTimeout: timeoutMs,
		commandTimeout: timeoutMs,
		retryStrategy: () => null
	});
	let reason: unknown;
	client.on("error", (error) => {
		reason = error;
	});
	try {
		await client.connect();
		const [seconds, micros] = await client.time();
		checkClock(Number(seconds) * 1000 + Number(micros) / 1000);
		const info = await client.info();
		const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "unknown";
		if (policy !== "noeviction") throw new Error(`maxmemory-policy is ${policy}, not noeviction`);
		return `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}`;
	} catch (error) {
		// ioredis says "Connection is closed." and keeps the reason for its listeners.
		throw reason ?? error;
	} finally {
		client.disconnect();
	}
}

interface MysqlRow {
	readonly version: string;
	readonly now: number;
	readonly readOnly: number;
}

export async function lookAtMysql(url: string, role: "primary" | "replica"): Promise<string> {
	const [row] = await query<MysqlRow>(
		url,
		"SELECT VERSION() AS version, UNIX_TIMESTAMP(NOW(3)) * 1000 AS now, @@read_only AS readOnly"
	);
	if (!row) throw new Error("no answer to a query");
	checkClock(Number(row.now));
	const readOnly = Number(row.readOnly) === 1;
	if (role === "primary" && readOnly) throw new Error("this server is read-only");
	if (role === "replica" && !readOnly) throw new Error("it takes writes: set read_only=1");
	return row.version;
}

function checkClock(theirs: number): void {
	const skew = Math.abs(Date.now() - theirs);
	if (skew > clockSkewMillisecondsMax) {
		throw new Error(`its clock and ours are ${Math.round(skew)} ms apart`);
	}
}
