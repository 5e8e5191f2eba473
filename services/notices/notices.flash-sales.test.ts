import type { ServiceSchema } from "moleculer";
import { expect, onTestFinished, test } from "vitest";
import { openSql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import outboxService from "../outbox/outbox.service.ts";
import { publish } from "../outbox/outbox.tx.ts";
import noticesService from "./notices.service.ts";

const at = "2026-11-21T10:00:00.000Z";
const sale = {
	...{ saleId: "5", roomId: "101", skuId: "6", title: "Tea", initial: 5, version: 1 },
	...{ price: { amount: 500, currency: "USD" }, startsAt: at, endsAt: at, at }
};

const internal = (handler: (ctx: { params: never }) => unknown) => ({ auth: "internal", handler });

test("shows a flash sale to the room: its ends in the log, its numbers in passing", async () => {
	const { env, close } = (await sqlBackends[0]?.open()) ?? {};
	if (!env) throw new Error("There is no database.");
	const published: Record<string, unknown>[] = [];
	const neighbours = [
		{
			name: "im-router",
			actions: { publish: internal(({ params }) => published.push(params) && {}) }
		},
		{ name: "admin", actions: { record: internal(() => ({ id: "1" })) } }
	] as unknown as ServiceSchema[];
	const broker = await startBroker({
		...{ env, migrate: true, options: { dependencyInterval: 20 } },
		services: [outboxService, noticesService, ...neighbours]
	});
	const db = openSql(env, broker);
	onTestFinished(async () => {
		await broker.stop();
		await db.close();
		await close?.();
	});
	const told = [
		[{ ...sale, status: "open", left: 5, sold: 0 }, "reliable"],
		[{ ...sale, status: "open", left: 3, sold: 2 }, "ephemeral"],
		[{ ...sale, status: "open", left: 0, sold: 5 }, "reliable"],
		[{ ...sale, status: "closed", left: 0, sold: 2 }, "reliable"]
	] as const;
	for (const [fact, messageClass] of told) {
		const messageId = await db.transaction((tx) => publish(tx, "flash-sales.changed", fact));
		const find = () => published.find((one) => one.messageId === messageId);
		await until(() => find() !== undefined);
		const { roomId, ...body } = fact;
		expect(find()).toEqual({
			...{ roomId, messageId, kind: "flash-sale", class: messageClass, body }
		});
	}
});
