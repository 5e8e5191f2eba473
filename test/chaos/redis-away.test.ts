/**
 * The whole platform loses Redis: people sign in, are banned and get tags all the same, and all is
 * well again by itself when Redis is back.
 */
import { randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { limits } from "../../config/limits.ts";
import type { LocalServer } from "../../scripts/servers/local-server.ts";
import { query } from "../../scripts/servers/mariadb.ts";
import { startNats } from "../../scripts/servers/nats.ts";
import { startRedis } from "../../scripts/servers/redis.ts";
import { type Person, signUp } from "../harness/people.ts";
import {
	createDatabase,
	type RunningPlatform,
	startCluster,
	untilHealthy
} from "../harness/platforms.ts";
import { until } from "../harness/until.ts";

const urls = inject("servers");
const available = Boolean(urls.natsUrl && urls.redisUrl && urls.mysqlReplicaUrl);

interface Answer {
	readonly status: number;
	readonly body: {
		readonly error?: { readonly code: string };
		readonly user?: { readonly id: string };
		readonly items?: readonly { readonly code?: string }[];
		readonly accessToken?: string;
		readonly nickname?: string;
		readonly checks?: Readonly<Record<string, string>>;
	};
}

describe.skipIf(!available)("a cluster without redis", () => {
	const closing: (() => unknown)[] = [];
	let redis: LocalServer;
	let mysqlUrl: string;
	let cluster: RunningPlatform;
	let operator: Person;
	let turn = 0;

	beforeAll(async () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-redis-away-"));
		closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
		const nats = await startNats(join(folder, "nats"));
		closing.push(() => nats.stop());
		redis = await startRedis(join(folder, "redis"));
		closing.push(() => redis.stop());
		const database = await createDatabase(urls, `redis_away_${randomBytes(4).toString("hex")}`);
		mysqlUrl = database.mysqlUrl;
		cluster = await startCluster({
			folder: join(folder, "nodes"),
			servers: { natsUrl: nats.url, redisUrl: redis.url, ...database },
			variables: { RATE_LIMITS: "on" }
		});
		closing.push(() => cluster.stop());
		operator = await signUp(cluster.edges[0] ?? "", "operator");
	});
	afterAll(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	/** Each request goes to the next edge: nothing may depend on staying with one. */
	async function request(line: string, options: { body?: object; token?: string } = {}) {
		const { body, token } = options;
		const [method = "GET", path = ""] = line.split(" ");
		turn += 1;
		const response = await fetch(`${cluster.edges[turn % cluster.edges.length]}/api${path}`, {
			method,
			headers: {
				"content-type": "application/json",
				...(token ? { authorization: `Bearer ${token}` } : {})
			},
			...(body ? { body: JSON.stringify(body) } : {})
		});
		const text = await response.text();
		return { status: response.status, body: text ? JSON.parse(text) : {} } as Answer;
	}

	const me = (token: string) => request("GET /users/me", { token });
	const byName = ({ username, password }: Person, wrong = "") =>
		request("POST /auth/sessions", { body: { username, password: password + wrong } });

	async function signInByPhone(): Promise<void> {
		const phone = `+1555${randomInt(1_000_000, 9_999_999)}`;
		expect((await request("POST /auth/codes", { body: { phone } })).status).toBe(202);
		const { body } = await request(`GET /dev/messages?phone=${encodeURIComponent(phone)}`);
		const code = body.items?.[0]?.code;
		const session = await request("POST /auth/sessions", { body: { phone, code } });
		expect(session.status).toBe(200);
		expect((await me(session.body.accessToken ?? "")).body).toEqual(session.body.user);
	}

	/** Somebody signs up and in, changes the nickname, and reads what they wrote on every edge. */
	async function signInByName(): Promise<void> {
		const person = await signUp(cluster.edges[0] ?? "");
		expect((await byName(person, "x")).status).toBe(401);
		expect((await byName(person)).body.user?.id).toBe(person.id);
		const token = person.accessToken;
		const change = { body: { nickname: "Lily" }, token };
		expect(await request("PATCH /users/me", change)).toMatchObject({ status: 200 });
		for (const _ of cluster.edges) expect((await me(token)).body.nickname).toBe("Lily");
	}

	/** `users.banned` is a durable event: without a relay the sessions would live on. */
	async function banEndsSessions(): Promise<void> {
		const person = await signUp(cluster.edges[0] ?? "");
		const act = (what: string, body: object) =>
			request(`POST /admin/users/${person.id}/${what}`, { body, token: operator.accessToken });
		expect((await act("ban", { reason: "spam" })).status).toBe(200);
		for (const _ of cluster.edges) {
			await until(async () => (await me(person.accessToken)).body.error?.code === "SESSION_ENDED");
		}
		expect((await byName(person)).body.error?.code).toBe("USER_BANNED");
		expect((await act("unban", {})).status).toBe(200);
		expect((await byName(person)).status).toBe(200);
	}

	/** Who is made an operator may act as one, on every node, and no longer than that. */
	async function tagTakesEffect(): Promise<void> {
		const person = await signUp(cluster.edges[0] ?? "");
		const seen = async () => {
			const statuses = new Set<number>();
			for (let round = 0; round < 8; round += 1) {
				const line = `POST /admin/users/${person.id}/unban`;
				const { status } = await request(line, { body: {}, token: person.accessToken });
				statuses.add(status);
			}
			return [...statuses].join();
		};
		const change = (method: "PUT" | "DELETE") =>
			request(`${method} /admin/users/${person.id}/tags/operator`, {
				token: operator.accessToken
			});
		expect(await seen()).toBe("403");
		expect((await change("PUT")).status).toBe(200);
		await until(async () => (await seen()) === "200");
		expect((await change("DELETE")).status).toBe(200);
		await until(async () => (await seen()) === "403");
	}

	const lifeGoesOn = () =>
		Promise.all([signInByPhone(), signInByName(), banEndsSessions(), tagTakesEffect()]);

	/** The replica stands still: who reads from it would not see what they have just written. */
	async function lifeGoesOnWithoutReplica(): Promise<void> {
		const admin = urls.mysqlReplicaAdminUrl ?? "";
		await query(admin, "STOP SLAVE SQL_THREAD");
		try {
			await lifeGoesOn();
		} finally {
			await query(admin, "START SLAVE SQL_THREAD");
		}
	}

	/** Nodes that come up now have never seen Redis, and none of them has ever held the lease. */
	async function replaceCores(): Promise<void> {
		const cores = [...cluster.nodes.values()].filter(({ name }) => name.startsWith("core-"));
		await Promise.all(cores.map((core) => core.stop()));
		for (const { name } of cores) cluster.restart(name);
		await until(async () => Boolean(await signUp(cluster.edges[0] ?? "")), 30_000);
	}

	it.each(["kill", "pause"] as const)("%s: all works, and comes back by itself", async (fault) => {
		await lifeGoesOn();
		const leaseOverAt = Date.now() + limits.outboxLeaseMilliseconds;
		if (fault === "kill") {
			await redis.kill();
			await lifeGoesOnWithoutReplica();
			await replaceCores();
		} else {
			redis.pause();
		}
		await until(async () => {
			const rows = await query(mysqlUrl, "SELECT arrived_sent_at FROM outbox_canary");
			const [row] = rows as { arrived_sent_at: Date }[];
			return (row?.arrived_sent_at.getTime() ?? 0) > leaseOverAt;
		}, 20_000);
		await lifeGoesOnWithoutReplica();
		const { body } = await request("GET /health");
		expect(body.checks).toMatchObject({ sql: "ok", bus: "ok", outbox: "ok", canary: "ok" });
		expect(body.checks).toMatchObject({ redis: "red" });

		if (fault === "kill") await redis.restart();
		else redis.resume();
		await Promise.all(cluster.edges.map((edge) => untilHealthy(edge, cluster.nodes)));
		await lifeGoesOn();
		expect(await query(mysqlUrl, "SELECT * FROM outbox_dead_letters")).toEqual([]);
	});
});
