/** The streams and consumers of the bus are made by the migration and by nobody else. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { connect, type NatsConnection } from "nats";
import { afterEach, describe, expect, inject, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { channelsMiddleware, ensureStreams } from "../../mixins/channels/index.ts";
import { startNats } from "../../scripts/servers/nats.ts";
import { testEnv } from "../harness/backends.ts";
import { consumer, startOutboxNode } from "./outbox-node.ts";

const { natsUrl = "" } = inject("servers");
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

const channel = "outbox.cacheExpired";

describe.skipIf(natsUrl === "")("ensureStreams", () => {
	const namespace = () => `t${randomBytes(4).toString("hex")}`;

	it("makes bounded streams with durable consumers; the second time nothing changes", async () => {
		const name = namespace();
		const plan = [{ name: channel, groups: ["a", "im-router"] }];
		const done = { streams: 1, consumers: 2, removed: [] };
		expect(await ensureStreams(natsUrl, plan, name)).toEqual(done);
		const connection = await connect({ servers: natsUrl });
		closing.push(() => connection.close());
		const manager = await connection.jetstreamManager();
		const stream = `${name}_outbox_cacheExpired`;
		const before = await manager.streams.info(stream);
		expect(before.config).toMatchObject({
			...{ retention: "interest", discard: "new", storage: "file", num_replicas: 1 },
			max_bytes: limits.channelStreamBytesMax,
			max_age: limits.channelMessageAgeSecondsMax * 1e9,
			duplicate_window: limits.channelDuplicateSecondsMax * 1e9
		});
		const { config } = await manager.consumers.info(stream, "im-router");
		expect(config).toMatchObject({
			...{ deliver_policy: "all", ack_policy: "explicit" },
			ack_wait: limits.channelAckMillisecondsMax * 1e6
		});
		expect(await ensureStreams(natsUrl, plan, name)).toEqual(done);
		expect((await manager.streams.info(stream)).config).toEqual(before.config);
	});

	it("removes the consumer of a service that reads no more: it would fill the stream", async () => {
		const name = namespace();
		await ensureStreams(natsUrl, [{ name: channel, groups: ["a", "b"] }], name);
		const done = await ensureStreams(natsUrl, [{ name: channel, groups: ["a"] }], name);
		expect(done.removed).toEqual([`${name}_outbox_cacheExpired/b`]);
	});

	it("is missed by a node that starts without it: it says so and does not start", async () => {
		const env = testEnv(tmpdir(), {
			NATS_URL: natsUrl,
			MYSQL_URL: "mysql://nobody@127.0.0.1:1/none",
			REDIS_URL: "redis://127.0.0.1:1"
		});
		const reader = consumer("reader", channel, async () => {});
		const starting = startOutboxNode({ env, namespace: namespace(), services: [reader] });
		await expect(starting).rejects.toThrow(/no consumer "reader".*npm run migrate/);
	});

	it.each(["kill", "pause"] as const)(
		"%s: a node whose NATS is gone ends in time",
		async (fault) => {
			const folder = mkdtempSync(join(tmpdir(), "live-commerce-nats-"));
			const nats = await startNats(folder);
			closing.push(async () => {
				await nats.stop();
				rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
			});
			const name = namespace();
			await ensureStreams(nats.url, [{ name: channel, groups: ["reader"] }], name);
			const env = testEnv(folder, {
				...{ NATS_URL: nats.url, REDIS_URL: "redis://127.0.0.1:1" },
				MYSQL_URL: "mysql://nobody@127.0.0.1:1/none"
			});
			const broker = new ServiceBroker({
				...{ namespace: name, logger: false },
				middlewares: [channelsMiddleware(env)]
			});
			broker.createService(consumer("reader", channel, async () => {}));
			await broker.start();
			if (fault === "kill") await nats.kill();
			else nats.pause();
			const deadline = sleep(limits.shutdownMillisecondsMax, "too late", { ref: false });
			expect(await Promise.race([broker.stop(), deadline])).not.toBe("too late");
			const { channelAdapter } = broker as unknown as {
				channelAdapter: { connection: NatsConnection };
			};
			expect(channelAdapter.connection.isClosed()).toBe(true);
		}
	);

	it("says when NATS is not there", async () => {
		await expect(ensureStreams("nats://127.0.0.1:1", [])).rejects.toThrow();
	});
});
