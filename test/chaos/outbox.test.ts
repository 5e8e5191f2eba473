/** Outbox: whoever is killed in the middle, each consumer's effect happens exactly once. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { connect, type JetStreamManager } from "nats";
import { afterEach, describe, expect, it } from "vitest";
import type { Env } from "../../config/env.ts";
import { typed } from "../../lib/context.ts";
import { ensureStreams } from "../../mixins/channels/index.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { natsCommand, startNats } from "../../scripts/servers/nats.ts";
import { publish } from "../../services/outbox/outbox.tx.ts";
import { sqlBackends, storeBackends } from "../harness/backends.ts";
import { until } from "../harness/until.ts";
import { operator, startOutboxNode } from "../integration/outbox-node.ts";

const [mariadb, redis] = [
	sqlBackends.find(({ name }) => name === "mariadb"),
	storeBackends.find(({ name }) => name === "redis")
];
const available = natsCommand() && mariadb?.available && redis?.available;
const facts = 4_000;
const channel = "outbox.cacheExpired";
const plan = [
	{ name: "outbox.canary", groups: ["outbox"] },
	{ name: channel, groups: ["ledger", "outbox", "stock"] }
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

interface Stage {
	readonly env: Env;
	readonly namespace: string;
	readonly nats: LocalServer;
	readonly sql: Sql;
	readonly manager: JetStreamManager;
	readonly writer: ServiceBroker;
	start(kind: "relay" | "consumers"): ChildProcess;
}

async function setStage(): Promise<Stage> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-outbox-"));
	closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
	const nats = await startNats(join(folder, "nats"));
	closing.push(() => nats.stop());
	const store = await redis?.open();
	closing.push(() => store?.close());
	const variables = { NATS_URL: nats.url, REDIS_URL: store?.env.redisUrl ?? "" };
	const opened = await mariadb?.open({ variables });
	if (!opened) throw new Error("There is no database.");
	closing.push(() => opened.close());
	const { env } = opened;
	const namespace = `t${randomBytes(4).toString("hex")}`;
	await migrate(env, { services: ["outbox"] });
	await ensureStreams(nats.url, plan, namespace);
	const writer = await startOutboxNode({ env, namespace, services: [], nodeId: "writer" });
	closing.push(() => writer.stop());
	const sql = openSql(env, writer);
	closing.push(() => sql.close());
	const text = "VARCHAR(20) NOT NULL";
	await sql.execute(`CREATE TABLE chaos_written (name ${text})`);
	await sql.execute(`CREATE TABLE chaos_effects (consumer ${text}, name ${text})`);
	await sql.execute(`CREATE TABLE chaos_repeats (consumer ${text})`);
	await sql.execute(`CREATE TABLE chaos_cured (consumer ${text})`);
	const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1 });
	closing.push(() => connection.close());
	const manager = await connection.jetstreamManager();
	let started = 0;
	return {
		...{ env, namespace, nats, sql, manager, writer },
		start(kind) {
			started += 1;
			const script = new URL("outbox-node.ts", import.meta.url).pathname;
			const child = spawn(process.execPath, [script, kind, namespace, `${kind}-${started}`], {
				stdio: ["ignore", "inherit", "inherit"],
				env: { ...variables, NODE_ENV: "test", MYSQL_URL: env.mysqlUrl, DATA_DIR: folder }
			});
			closing.push(() => kill(child));
			return child;
		}
	};
}

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exit = once(child, "exit");
	child.kill("SIGKILL");
	await exit;
}

async function write({ sql }: Stage, name: string): Promise<void> {
	await sql.transaction(async (tx) => {
		await tx.execute("INSERT INTO chaos_written (name) VALUES (?)", [name]);
		await publish(tx, channel, { namespace: "chaos", keys: [name] });
	});
}

async function count({ sql }: Stage, table: string): Promise<number> {
	const [row] = await sql.query<{ count: number }>(`SELECT COUNT(*) AS count FROM ${table}`);
	return Number(row?.count);
}

/**
 * Waits until the consumers have had so many effects; else tells where the messages are. The wait
 * is long: what fails a few times on a busy machine comes again after a minute or more.
 */
async function untilEffects(stage: Stage, least: number): Promise<void> {
	await until(async () => {
		const effects = await count(stage, "chaos_effects");
		if (effects >= least) return true;
		const [rows, dead] = [
			await count(stage, "outbox_messages"),
			await count(stage, "outbox_dead_letters")
		];
		const consumers = await stage.manager.consumers.list(stream(stage)).next();
		const onBus = consumers.map(
			({ name, num_pending, num_ack_pending, num_redelivered }) =>
				`${name}: ${num_pending} pending, ${num_ack_pending} unacked, ${num_redelivered} again`
		);
		const ours = `${effects} effects of ${least}, ${rows} rows in the outbox, ${dead} dead`;
		throw new Error([ours, ...onBus].join("; "));
	}, 300_000);
}

const stream = (stage: Stage): string => `${stage.namespace}_outbox_cacheExpired`;
/** How many messages the bus has ever stored. */
const published = async (stage: Stage): Promise<number> =>
	(await stage.manager.streams.info(stream(stage))).state.last_seq;

/** `kill -9` of the only relay; returns how many rows it had published and not yet deleted. */
async function killRelay(stage: Stage, relay: ChildProcess): Promise<number> {
	await kill(relay);
	const [row] = await stage.sql.query<{ gone: number }>(
		"SELECT (SELECT COUNT(*) FROM chaos_written) - " +
			"(SELECT COUNT(*) FROM outbox_messages WHERE channel = ?) AS gone",
		[channel]
	);
	return (await published(stage)) - Number(row?.gone);
}

async function strikeRelays(stage: Stage): Promise<number> {
	let struck = 0;
	for (const share of [0.4, 0.6, 0.8]) {
		// A backlog, so that the relay works in full batches when it dies.
		await until(async () => (await count(stage, "chaos_written")) > facts * share, 60_000);
		const before = await published(stage);
		const relay = stage.start("relay");
		await until(async () => (await published(stage)) > before + facts * 0.05, 60_000);
		struck += await killRelay(stage, relay);
	}
	return struck;
}

/** `kill -9` of a consumer node while it holds messages; another takes its place. */
async function strikeConsumer(stage: Stage, node: ChildProcess): Promise<void> {
	await until(async () => {
		const { num_ack_pending } = await stage.manager.consumers.info(stream(stage), "ledger");
		// Some of those that it holds are done and not yet acknowledged.
		return num_ack_pending > 50 && (await count(stage, "chaos_effects")) > 100;
	}, 30_000);
	await kill(node);
	stage.start("consumers");
}

describe.skipIf(!available)("the outbox under kill -9", () => {
	it("has each effect exactly once, and heals a poisoned message by replay", async () => {
		const stage = await setStage();
		const consumers = [stage.start("consumers"), stage.start("consumers")];
		const writers = Array.from({ length: 8 }, async (_, writer) => {
			for (let index = writer; index < facts; index += 8) {
				await write(stage, `fact-${index}`);
				await nextTurn();
			}
		});
		const [struck] = await Promise.all([
			strikeRelays(stage),
			strikeConsumer(stage, consumers[0] as ChildProcess)
		]);
		expect(struck, "rows published and not deleted when a relay died").toBeGreaterThan(0);

		stage.start("relay");
		const before = await published(stage);
		await until(async () => (await published(stage)) > before + facts * 0.05, 60_000);
		await stage.nats.kill();
		await write(stage, "without-nats");
		expect(await count(stage, "outbox_messages"), "rows waiting for NATS").toBeGreaterThan(0);
		await sleep(500);
		await stage.nats.restart();

		await Promise.all(writers);
		await write(stage, "poison");
		const all = facts + 2;
		await untilEffects(stage, 2 * all - 1);
		await until(async () => (await count(stage, "outbox_dead_letters")) === 1, 60_000);

		await stage.sql.execute("INSERT INTO chaos_cured (consumer) VALUES (?)", ["ledger"]);
		await until(async () => {
			const { left } = await typed(stage.writer).call("outbox.replayAll", {}, operator);
			return left === 0;
		});
		await untilEffects(stage, 2 * all);
		await until(async () => (await count(stage, "outbox_messages")) === 0, 60_000);

		expect(await count(stage, "chaos_written")).toBe(all);
		const wrong = await stage.sql.query(
			"SELECT consumer, name, COUNT(*) AS times FROM chaos_effects " +
				"GROUP BY consumer, name HAVING COUNT(*) <> 1"
		);
		expect(wrong).toEqual([]);
		expect(await count(stage, "chaos_effects")).toBe(2 * all);
		// The faults did strike in the middle: some messages came again and were recognised.
		expect(await count(stage, "chaos_repeats")).toBeGreaterThan(0);
	});
});
