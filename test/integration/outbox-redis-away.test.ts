/** Durable events while Redis, and with it every lease, is away. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service, ServiceBroker, ServiceSchema } from "moleculer";
import { connect } from "nats";
import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { ensureStreams } from "../../mixins/channels/index.ts";
import type { Held } from "../../mixins/lease/index.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { natsCommand, startNats } from "../../scripts/servers/nats.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import { readCanary } from "../../services/outbox/outbox.canary.model.ts";
import { dueMessages } from "../../services/outbox/outbox.model.ts";
import outbox from "../../services/outbox/outbox.service.ts";
import { once, publish } from "../../services/outbox/outbox.tx.ts";
import { sqlBackends } from "../harness/backends.ts";
import { until } from "../harness/until.ts";
import { consumer, startOutboxNode } from "./outbox-node.ts";

const mariadb = sqlBackends.find(({ name }) => name === "mariadb");
const channel = "users.registered";
const plan = [
	{ name: "outbox.canary", groups: ["outbox"] },
	{ name: "outbox.cacheExpired", groups: ["outbox"] },
	{ name: channel, groups: ["ledger", "stock"] }
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

interface Stage {
	readonly redis: LocalServer;
	readonly sql: Sql;
	node(name: string, services?: readonly ServiceSchema[]): Promise<ServiceBroker>;
	/** How many messages of the channel the bus has stored; it drops what it has already. */
	stored(): Promise<number>;
}

async function setStage(): Promise<Stage> {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-away-"));
	closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
	const [redis, nats] = await Promise.all([
		startRedis(join(folder, "redis")),
		startNats(join(folder, "nats"))
	]);
	closing.push(() => Promise.all([redis.stop(), nats.stop()]));
	const opened = await mariadb?.open({ variables: { NATS_URL: nats.url, REDIS_URL: redis.url } });
	if (!opened) throw new Error("There is no database.");
	closing.push(() => opened.close());
	const { env } = opened;
	const namespace = `t${randomBytes(4).toString("hex")}`;
	await migrate(env, { services: ["outbox"] });
	await ensureStreams(nats.url, plan, namespace);
	const connection = await connect({ servers: nats.url });
	closing.push(() => connection.close());
	const manager = await connection.jetstreamManager();
	const sql = openSql(env);
	closing.push(() => sql.close());
	const name = "VARCHAR(20) NOT NULL";
	await sql.execute(`CREATE TABLE effects (consumer ${name}, user_id ${name})`);
	return {
		...{ redis, sql },
		async node(nodeId, services = [outbox]) {
			const broker = await startOutboxNode({ env, namespace, services, nodeId });
			closing.push(() => broker.stop());
			return broker;
		},
		async stored() {
			const stream = `${namespace}_users_registered`;
			return (await manager.streams.info(stream)).state.last_seq;
		}
	};
}

/** Writes one effect for each message, in the transaction that remembers the message. */
const counting = (name: string, sql: Sql): ServiceSchema =>
	consumer(name, channel, async (ctx) => {
		await sql.transaction(async (tx) => {
			if (!(await once(tx, name, ctx.headers["message-id"]))) return;
			const insert = "INSERT INTO effects (consumer, user_id) VALUES (?, ?)";
			await tx.execute(insert, [name, ctx.params.userId]);
		});
	});

interface OutboxService {
	readonly relay: object | undefined;
	readonly held: Held;
}

const serviceOf = (broker: ServiceBroker) =>
	broker.getLocalService("outbox") as unknown as Service & OutboxService;
const relaying = (nodes: readonly ServiceBroker[]): ServiceBroker[] =>
	nodes.filter((node) => serviceOf(node).relay !== undefined);

async function write({ sql }: Stage, from: number, count: number): Promise<void> {
	for (let start = from; start < from + count; start += 20) {
		await sql.transaction(async (tx) => {
			for (let id = start; id < start + 20; id += 1) {
				await publish(tx, channel, { userId: `${id + 1}`, at: new Date().toISOString() });
			}
		});
	}
}

async function untilEffects({ sql }: Stage, facts: number): Promise<void> {
	const text = "SELECT COUNT(*) AS count FROM effects";
	await until(
		async () => Number((await sql.query<{ count: number }>(text))[0]?.count) >= 2 * facts
	);
	const wrong = await sql.query(
		"SELECT consumer, user_id, COUNT(*) AS times FROM effects " +
			"GROUP BY consumer, user_id HAVING COUNT(*) <> 1"
	);
	expect(wrong).toEqual([]);
}

describe.skipIf(!natsCommand() || !redisCommand() || !mariadb?.available)(
	"the outbox without redis",
	() => {
		it.each(["kill", "pause"] as const)("%s: facts go on, each effect once", async (fault) => {
			const stage = await setStage();
			const { redis, sql } = stage;
			await stage.node("consumers", [counting("ledger", sql), counting("stock", sql)]);
			const nodes = [await stage.node("outbox-1"), await stage.node("outbox-2")];
			await until(() => relaying(nodes).length === 1);
			const [holder] = relaying(nodes) as [ServiceBroker];
			await write(stage, 0, 100);
			await untilEffects(stage, 100);

			const goneAt = new Date();
			if (fault === "kill") await redis.kill();
			else redis.pause();
			// While the holder's time runs on and after it, and when all relay at once.
			await write(stage, 100, 500);
			await until(() => relaying(nodes).length === 2 && !nodes.some(isHolder));
			await write(stage, 600, 1_000);
			await untilEffects(stage, 1_600);
			await until(async () => ((await readCanary(sql))?.arrivedSentAt ?? 0) > goneAt);

			// What only Redis can do waits for it, and is no dead letter.
			await sql.transaction((tx) =>
				publish(tx, "outbox.cacheExpired", { namespace: "users", keys: ["1"] })
			);
			await until(async () => {
				const before = new Date(Date.now() + limits.outboxConsumerOutageMilliseconds);
				const rows = await dueMessages(sql, { before, limit: 10, except: ["outbox.canary"] });
				return rows.some(({ consumer }) => consumer === "outbox");
			});
			expect((await typed(holder).call("outbox.stats")).dead).toBe(0);

			// The one that never held the lease is alone now.
			await holder.stop();
			await write(stage, 1_600, 100);
			await untilEffects(stage, 1_700);

			if (fault === "kill") await redis.restart();
			else redis.resume();
			const [other] = nodes.filter((node) => node !== holder) as [ServiceBroker];
			const now = [other, await stage.node("outbox-3")];
			await until(() => now.some(isHolder) && relaying(now).length === 1);
			await write(stage, 1_700, 100);
			await untilEffects(stage, 1_800);
			expect(relaying(now).length).toBe(1);
			expect(await stage.stored()).toBe(1_800);
		});
	}
);

const isHolder = (node: ServiceBroker): boolean => serviceOf(node).held.token !== undefined;
