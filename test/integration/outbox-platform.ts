/** A platform with the outbox and consumers that a test writes, embedded or on real servers. */
import { randomBytes } from "node:crypto";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import { inject } from "vitest";
import type { Env } from "../../config/env.ts";
import { type ChannelPlan, ensureStreams } from "../../mixins/channels/index.ts";
import { migrate } from "../../mixins/sql/migrations.ts";
import { type Opened, sqlBackends, storeBackends } from "../harness/backends.ts";
import { startOutboxNode } from "./outbox-node.ts";

export interface OutboxPlatform {
	readonly env: Env;
	readonly namespace: string;
	/** One more node. */
	node(services: readonly ServiceSchema[], nodeId?: string): Promise<ServiceBroker>;
	close(): Promise<void>;
}

export interface OutboxShape {
	readonly name: "embedded" | "cluster";
	readonly available: boolean;
	open(plan: readonly ChannelPlan[]): Promise<OutboxPlatform>;
}

const { natsUrl, redisUrl, mysqlUrl } = inject("servers");

export const outboxShapes: readonly OutboxShape[] = [
	{ name: "embedded", available: true, open: () => openPlatform([]) },
	{
		name: "cluster",
		available: natsUrl !== undefined && redisUrl !== undefined && mysqlUrl !== undefined,
		open: openPlatform
	}
];

async function openPlatform(plan: readonly ChannelPlan[]): Promise<OutboxPlatform> {
	const closing: (() => Promise<unknown>)[] = [];
	const namespace = `t${randomBytes(4).toString("hex")}`;
	const { env, close } = plan.length > 0 ? await openCluster(closing) : await openEmbedded();
	closing.push(close);
	await migrate(env, { services: ["outbox"] });
	if (env.natsUrl) await ensureStreams(env.natsUrl, plan, namespace);
	return {
		env,
		namespace,
		async node(services, nodeId) {
			const broker = await startOutboxNode({
				...{ env, namespace, services },
				...(nodeId ? { nodeId } : {})
			});
			closing.push(() => broker.stop());
			return broker;
		},
		async close() {
			for (const each of closing.splice(0).reverse()) await each();
		}
	};
}

const backend = <B extends { name: string }>(backends: readonly B[], name: string): B =>
	backends.find((each) => each.name === name) as B;

const openEmbedded = (): Promise<Opened> => backend(sqlBackends, "sqlite").open();

async function openCluster(closing: (() => Promise<unknown>)[]): Promise<Opened> {
	const redis = await backend(storeBackends, "redis").open();
	closing.push(() => redis.close());
	const variables = { NATS_URL: natsUrl ?? "", REDIS_URL: redis.env.redisUrl ?? "" };
	return backend(sqlBackends, "mariadb").open({ variables });
}
