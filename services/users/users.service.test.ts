import type { ServiceSchema } from "moleculer";
import { afterEach, describe, expect, it } from "vitest";
import type { Call } from "../../lib/context.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import idsService from "../ids/ids.service.ts";
import usersService from "./users.service.ts";

/** `tags` as far as users needs it, kept in a map. */
function fakeTags(tags = new Map<string, string[]>()): ServiceSchema {
	const tagsOf = (userId: string) => tags.get(userId) ?? [];
	const internal = (handler: (params: never) => unknown) => ({
		auth: "internal",
		handler: (ctx: { params: unknown }) => handler(ctx.params as never)
	});
	return {
		name: "tags",
		actions: {
			of: internal(({ userIds }: { userIds: string[] }) => ({
				items: userIds.map((userId) => ({ userId, tags: tagsOf(userId) }))
			})),
			set: internal(({ userId, tag }: { userId: string; tag: string }) => {
				tags.set(userId, [...tagsOf(userId), tag]);
				return { changed: true };
			})
		}
	} as ServiceSchema;
}

/** The audit log lets operators' acts pass. */
const fakeAdmin = {
	name: "admin",
	actions: { record: { auth: "internal", handler: () => ({ id: "1" }) } }
} as ServiceSchema;

const phone = "+8613800000001";
const as = (id: string) => ({ meta: { user: { id, sessionId: "1" } } });

describe.each(sqlBackends)("users on $name", (backend) => {
	const closing: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	async function start(variables = {}, tags = new Map<string, string[]>()) {
		const { env, close } = await backend.open({ variables });
		closing.push(close);
		const services = [idsService, fakeTags(tags), fakeAdmin, usersService];
		const options = { dependencyInterval: 20 };
		const broker = await startBroker({ env, services, options, migrate: true });
		closing.push(() => broker.stop());
		const db = openSql(env);
		closing.push(() => db.close());
		const published = async (channel: string) =>
			db.query("SELECT payload FROM outbox_messages WHERE channel = ?", [channel]);
		return { broker, db, published, call: broker.call.bind(broker) as Call };
	}

	it.skipIf(!backend.available)(
		"200 first sign-ins of a phone at once are one account",
		async () => {
			const { call, db, published } = await start();
			const results = await Promise.all(
				Array.from({ length: 200 }, () => call("users.registerPhone", { phone }))
			);
			expect(new Set(results.map(({ userId }) => userId)).size).toBe(1);
			expect(results.filter(({ created }) => created)).toHaveLength(1);
			expect(await db.query("SELECT user_id FROM users_phones")).toHaveLength(1);
			const rows = await Promise.all(
				Array.from({ length: 16 }, (_, shard) =>
					db.query(`SELECT id FROM users_profiles_${String(shard).padStart(2, "0")}`)
				)
			);
			expect(rows.flat()).toHaveLength(1);
			expect(await published("users.registered")).toHaveLength(1);

			const userId = results[0]?.userId ?? "";
			expect(await call("users.registerPhone", { phone })).toEqual({ userId, created: false });
			expect(await call("users.findByPhone", { phone })).toEqual({ userId });
			expect(await call("users.findByPhone", { phone: "+8613800000002" })).toEqual({
				userId: null
			});
		}
	);

	it.skipIf(!backend.available)("50 registrations of a name at once are one account", async () => {
		const { call, published } = await start();
		const spellings = ["Alice", "alice", "ＡＬＩＣＥ"];
		const results = await Promise.allSettled(
			Array.from({ length: 50 }, (_, n) =>
				call("users.registerName", {
					id: String(1_001 + n),
					username: spellings[n % 3] as string,
					nickname: "Alice"
				})
			)
		);
		const good = results.filter((result) => result.status === "fulfilled");
		expect(good).toHaveLength(1);
		for (const result of results) {
			if (result.status === "rejected") {
				expect(result.reason).toMatchObject({ type: "USERNAME_TAKEN", code: 409 });
			}
		}
		const winner = good[0]?.value.userId;
		expect(await call("users.findByUsername", { username: "aLiCe" })).toEqual({
			username: "alice",
			userId: winner
		});
		expect(await published("users.registered")).toHaveLength(1);
	});

	it.skipIf(!backend.available)("refuses names that nobody could read or type", async () => {
		const { call } = await start();
		const register = (username: string, nickname: string) =>
			call("users.registerName", { id: "1001", username, nickname });
		await expect(register("a b c", "Alice")).rejects.toMatchObject({
			type: "USERNAME_NOT_ALLOWED"
		});
		await expect(register("alice", " \u200b ")).rejects.toMatchObject({
			type: "NICKNAME_NOT_ALLOWED"
		});
		expect(await call("users.findByUsername", { username: "a b c" })).toEqual({
			username: "a b c",
			userId: null
		});
		await expect(call("users.account", { id: "1001" })).rejects.toMatchObject({ code: 404 });
	});

	it.skipIf(!backend.available)(
		"users.me shows the phone masked, others do not see it",
		async () => {
			const { call } = await start();
			const { userId } = await call("users.registerPhone", { phone });
			const me = await call("users.me", {}, as(userId));
			expect(me).toEqual({
				id: userId,
				nickname: `user${userId}`,
				avatarUrl: null,
				level: 1,
				tags: [],
				createdAt: expect.any(String),
				phone: "+861*******001",
				username: null
			});
			const { phone: _phone, username: _username, ...shown } = me;
			expect(await call("users.getMany", { ids: userId })).toEqual({ items: [shown] });
			await expect(call("users.me")).rejects.toMatchObject({ type: "UNAUTHENTICATED" });
			await expect(call("users.me", {}, as("999"))).rejects.toMatchObject({ code: 404 });
		}
	);

	it.skipIf(!backend.available)("users.update changes the caller and nobody else", async () => {
		const { broker, call } = await start();
		const { userId } = await call("users.registerPhone", { phone });
		const { userId: other } = await call("users.registerPhone", { phone: "+8613800000002" });
		await call("users.getMany", { ids: [userId, other] });

		const avatarUrl = "https://cdn.example/a.png";
		const changed = await call("users.update", { nickname: "  Lily  ", avatarUrl }, as(userId));
		expect(changed).toMatchObject({ id: userId, nickname: "Lily", avatarUrl });
		// What was cached before the change is gone.
		const { items } = await call("users.getMany", { ids: [userId, other] });
		expect(items.map(({ nickname }) => nickname)).toEqual(["Lily", `user${other}`]);

		await call("users.update", { avatarUrl: null }, as(userId));
		expect(await call("users.me", {}, as(userId))).toMatchObject({
			nickname: "Lily",
			avatarUrl: null
		});
		const refused = [
			{ nickname: "a\u202eb" },
			{ avatarUrl: "javascript:alert(1)" },
			{ id: other, nickname: "x" },
			{ level: 9 },
			{ tags: ["host"] },
			{}
		];
		for (const params of refused) {
			await expect(broker.call("users.update", params, as(userId))).rejects.toMatchObject({
				code: 422
			});
		}
	});

	it.skipIf(!backend.available)(
		"users.getMany keeps the order and leaves strangers out",
		async () => {
			const { call, db } = await start();
			const ids: string[] = [];
			for (let n = 0; n < 40; n++) {
				ids.push((await call("users.registerPhone", { phone: `+861380000${1000 + n}` })).userId);
			}
			const asked = [...ids.toReversed(), "777777", ids[0] as string];
			const { items } = await call("users.getMany", { ids: asked.join(",") });
			expect(items.map(({ id }) => id)).toEqual(ids.toReversed());
			expect(await call("users.getMany", { ids: ["777777"] })).toEqual({ items: [] });

			// A second look does not touch the tables.
			for (let shard = 0; shard < 16; shard++) {
				await db.execute(`DELETE FROM users_profiles_${String(shard).padStart(2, "0")}`);
			}
			expect((await call("users.getMany", { ids })).items).toHaveLength(40);
		}
	);

	it.skipIf(!backend.available)(
		"a newcomer is seen at once, also by who looked before",
		async () => {
			const { call } = await start();
			expect(await call("users.getMany", { ids: ["1001"] })).toEqual({ items: [] });
			const { userId } = await call("users.registerPhone", { phone });
			expect(userId).toBe("1001");
			expect((await call("users.getMany", { ids: ["1001"] })).items).toHaveLength(1);
		}
	);

	it.skipIf(!backend.available)("users.becomeHost is for development", async () => {
		const tags = new Map([["1001", ["operator"]]]);
		const { call } = await start({}, tags);
		const { userId } = await call("users.registerPhone", { phone });
		const host = await call("users.becomeHost", {}, as(userId));
		expect(host.tags).toEqual(["operator", "host"]);
		const { items } = await call("users.getMany", { ids: userId });
		expect(items[0]?.tags).toEqual(["host"]);
	});

	it.skipIf(!backend.available)("users.becomeHost is refused in production", async () => {
		const { call } = await start({
			NODE_ENV: "production",
			MASTER_SECRET: "m".repeat(32),
			PHONE_INDEX_KEY: "ab".repeat(32),
			PHONE_KEYS: `k:${"cd".repeat(32)}`
		});
		const { userId } = await call("users.registerPhone", { phone });
		await expect(call("users.becomeHost", {}, as(userId))).rejects.toMatchObject({
			type: "OPERATORS_GRANT_HOST",
			code: 403
		});
	});

	it.skipIf(!backend.available)("users.ban and users.unban publish each change once", async () => {
		const tags = new Map([["9", ["operator"]]]);
		const { call, published } = await start({}, tags);
		const { userId } = await call("users.registerPhone", { phone });
		const ban = () => call("users.ban", { id: userId, reason: "spam" }, as("9"));
		const bans = await Promise.all([ban(), ban(), ban()]);
		expect(bans.filter(({ changed }) => changed)).toHaveLength(1);
		expect(await published("users.banned")).toHaveLength(1);
		expect(await call("users.account", { id: userId })).toMatchObject({ banned: true });
		expect(await call("users.unban", { id: userId }, as("9"))).toEqual({ changed: true });
		expect(await call("users.unban", { id: userId }, as("9"))).toEqual({ changed: false });
		expect(await published("users.unbanned")).toHaveLength(1);
		expect(await call("users.account", { id: userId })).toMatchObject({ banned: false });

		await expect(
			call("users.ban", { id: "777777", reason: "spam" }, as("9"))
		).rejects.toMatchObject({ code: 404 });
		await expect(
			call("users.ban", { id: userId, reason: "spam" }, as(userId))
		).rejects.toMatchObject({ type: "FORBIDDEN" });
		await expect(call("users.unban", { id: userId })).rejects.toMatchObject({ code: 401 });
	});
});
