import { afterEach, expect, inject, it } from "vitest";
import type { Call } from "../../lib/context.ts";
import { query } from "../../scripts/servers/mariadb.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { fakeTags } from "../../test/harness/fake-tags.ts";
import { until } from "../../test/harness/until.ts";
import idsService from "../ids/ids.service.ts";
import usersService from "./users.service.ts";

const mariadb = sqlBackends.find(({ name }) => name === "mariadb");
const { mysqlReplicaAdminUrl = "" } = inject("servers");

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function start() {
	const opened = await mariadb?.open({ replica: true });
	if (!opened) throw new Error("MariaDB is not there.");
	closing.push(opened.close);
	const broker = await startBroker({
		env: opened.env,
		services: [idsService, fakeTags({}), usersService],
		options: { dependencyInterval: 20 },
		migrate: true
	});
	closing.push(() => broker.stop());
	const replica = new URL(mysqlReplicaAdminUrl);
	replica.pathname = new URL(opened.env.mysqlReplicaUrl ?? "").pathname;
	return { call: broker.call.bind(broker) as Call, replicaUrl: replica.href };
}

const as = (id: string) => ({ meta: { user: { id, sessionId: "1" } } });

it.skipIf(!mariadb?.available)("who has written reads it at once, with a replica too", async () => {
	const { call } = await start();
	const { userId } = await call("users.registerPhone", { phone: "+8613800000001" });
	expect(await call("users.me", {}, as(userId))).toMatchObject({ nickname: `user${userId}` });
	for (let turn = 0; turn < 30; turn++) {
		const nickname = `Lily ${turn}`;
		expect(await call("users.update", { nickname }, as(userId))).toMatchObject({ nickname });
		expect(await call("users.me", {}, as(userId))).toMatchObject({ nickname });
	}
});

it.skipIf(!mariadb?.available)("who has not written reads from the replica", async () => {
	const { call, replicaUrl } = await start();
	const table = "users_profiles_01";
	const arrived = "SELECT 1 FROM schema_migrations WHERE name LIKE 'users/%'";
	await until(async () => (await query(replicaUrl, arrived)).length > 0);
	// A row that only the replica has shows who was asked.
	const row = "(4001, 'Replica', 1, 'active', NOW(3), NOW(3))";
	await query(
		replicaUrl,
		`INSERT INTO ${table} (id, nickname, level, status, created_at, updated_at) VALUES ${row}`
	);
	expect(await call("users.me", {}, as("4001"))).toMatchObject({ nickname: "Replica" });
	await expect(call("users.account", { id: "4001" })).rejects.toMatchObject({ code: 404 });
	expect(await call("users.getMany", { ids: ["4001"] })).toEqual({ items: [] });
});
