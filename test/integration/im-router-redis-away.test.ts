/** The router while Redis is away, hangs, or has lost what it knew. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { migrate } from "../../mixins/sql/migrations.ts";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { redisCommand, startRedis } from "../../scripts/servers/redis.ts";
import { sqlBackends } from "../harness/backends.ts";
import { until } from "../harness/until.ts";
import { deviceId, directsOf, type ImNode, linesOf, startImNode } from "./im-router-node.ts";

const { natsUrl, mysqlUrl } = inject("servers");
const from = { id: "5", nickname: "Lily", level: 1 };

describe.skipIf(!natsUrl || !mysqlUrl || !redisCommand())("im-router without redis", () => {
	const closing: (() => unknown)[] = [];
	let redis: LocalServer;
	let one: ImNode;
	let two: ImNode;

	beforeEach(async () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-im-"));
		closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
		redis = await startRedis(folder);
		closing.push(() => redis.stop());
		const variables = { NATS_URL: natsUrl ?? "", REDIS_URL: redis.url };
		const opened = await sqlBackends[1]?.open({ variables });
		if (!opened) throw new Error("There is no database.");
		closing.push(() => opened.close());
		const { env } = opened;
		await migrate(env, { services: ["im-router"] });
		const namespace = `t${randomBytes(4).toString("hex")}`;
		const start = async (nodeId: string) => {
			const node = await startImNode({ env, namespace, nodeId });
			closing.push(() => node.stop());
			return node;
		};
		[one, two] = await Promise.all([start("edge-1"), start("edge-2")]);
		await until(() => one.broker.registry.nodes.has("edge-2"));
		await until(() => two.broker.registry.nodes.has("edge-1"));
	});
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	const say = (clientId: string) =>
		one.call("im-router.say", { roomId: "1", from, clientId, text: clientId });
	const tell = (clientId: string) =>
		one.call("im-router.tell", { userId: "7", from, clientId, text: clientId });
	const isAway = async () => {
		await expect(one.call("im-router.online", { userIds: ["7"] })).rejects.toMatchObject({
			type: "UNAVAILABLE"
		});
		return true;
	};
	const textsOf = (json: string): string => JSON.parse(json).body.text;

	it("killed: keeps messages, refuses lines clearly, and goes on by itself", async () => {
		const session = await two.connect("7");
		await two.join("1");
		const { offset } = await say("before");
		await until(() => linesOf(two, "1").length === 1);
		const before = await one.call("im-router.history", { id: "1" });

		await redis.kill();
		await until(isAway);
		await expect(say("meanwhile")).rejects.toMatchObject({ type: "UNAVAILABLE", code: 503 });
		const { id } = await tell("meanwhile");
		expect(await tell("meanwhile")).toEqual({ id });
		const notice = { messageId: "n-1", kind: "system", body: { text: "notice" } } as const;
		await one.call("im-router.notify", { userIds: ["7"], ...notice });
		const kept = await two.call("im-router.inbox", { userId: "7" });
		expect(kept.items.map((item) => item.id)).toEqual([id, "n-1"]);
		const ack = { userId: "7", deviceId, epoch: session.epoch, upTo: session.sequence };
		await expect(one.call("im-router.ack", ack)).rejects.toMatchObject({ type: "UNAVAILABLE" });

		await redis.restart();
		// A line that was refused may be said again, and counts once however often.
		await until(async () => (await say("meanwhile")).offset > offset);
		const again = await say("meanwhile");
		const position = { id: "1", epoch: before.epoch, after: before.offset };
		const page = await one.call("im-router.history", position);
		// A server that was started again may have lost something: that is told.
		expect(page.recovered).toBe(false);
		expect(page.items.filter(({ body }) => body.text === "meanwhile")).toHaveLength(1);
		expect(page).toMatchObject({ offset: again.offset });
		// The device is registered again, as its node is told to do, and has all that was kept.
		let pending: object[] = [];
		await until(async () => {
			({ pending } = await two.connect("7"));
			return true;
		});
		expect(pending).toMatchObject([{ id }, { id: "n-1" }]);
	});

	it("hanging for a moment: what was told meanwhile arrives without anybody asking", async () => {
		await two.connect("7");
		await tell("before");
		await until(() => directsOf(two, "7").length === 1);
		redis.pause();
		const { id } = await tell("meanwhile");
		redis.resume();
		await until(async () => (await two.renew()) !== undefined);
		// Should the pause have outlived the lease, its node registers the device again.
		if ((await two.call("im-router.online", { userIds: ["7"] })).userIds.length === 0) {
			await two.connect("7");
		}
		await tell("after");
		await until(() => directsOf(two, "7").some(({ json }) => JSON.parse(json).id === id));
		expect(new Set(directsOf(two, "7").map(({ json }) => textsOf(json)))).toEqual(
			new Set(["before", "meanwhile", "after"])
		);
	});

	it("wiped: a new epoch for rooms, and every kept message from the inbox", async () => {
		await two.connect("7");
		await two.join("1");
		const first = await say("a");
		const { epoch } = await one.call("im-router.history", { id: "1" });
		await tell("kept");
		const service = one.broker.getLocalService("im-router") as unknown as {
			redis: { flushall(): Promise<unknown> };
		};
		await service.redis.flushall();
		// The next sign of life finds nothing, and makes the wish for the room again.
		await until(async () => (await one.call("im-router.room", { roomId: "1" })).nodes.length > 0);
		const second = await say("b");
		expect([first.offset, second.offset]).toEqual([1, 1]);
		await until(() => linesOf(two, "1").some(({ json }) => textsOf(json) === "b"));
		const lost = await one.call("im-router.history", { id: "1", epoch, after: 1 });
		expect(lost).toMatchObject({ recovered: false, offset: 1 });
		expect(lost.epoch).not.toBe(epoch);
		expect((await two.connect("7")).pending).toMatchObject([{ body: { text: "kept" } }]);
	});
});
