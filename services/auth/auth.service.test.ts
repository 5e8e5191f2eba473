import type { ServiceSchema } from "moleculer";
import { afterEach, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { AccessTokenKeys, verifyAccessToken } from "../../lib/access-token.ts";
import type { Call } from "../../lib/context.ts";
import { openSql } from "../../mixins/sql/index.ts";
import { sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { fakeTags } from "../../test/harness/fake-tags.ts";
import { until } from "../../test/harness/until.ts";
import idsService from "../ids/ids.service.ts";
import outboxService from "../outbox/outbox.service.ts";
import usersService from "../users/users.service.ts";
import authService from "./auth.service.ts";

/** The audit log lets operators' acts pass; the settings are what an operator made them. */
const fakeAdmin = (settings: Readonly<Record<string, unknown>>) =>
	({
		name: "admin",
		actions: {
			record: { auth: "internal", handler: () => ({ id: "1" }) },
			settings: {
				auth: "internal",
				handler: () => ({ revision: 1, values: settings })
			}
		}
	}) as unknown as ServiceSchema;

/** Listens where a gateway would. */
const fakeGateway = (ended: { sessionId: string; reason: string }[]) =>
	({
		name: "gateway",
		events: {
			"auth.sessionEnded": (ctx: { params: { sessionId: string; reason: string } }) => {
				ended.push(ctx.params);
			}
		}
	}) as unknown as ServiceSchema;

const operator = { meta: { user: { id: "9", sessionId: "1" } } };
const phone = "+8613800000001";
const name = { username: "Alice", password: "correct horse" };
const alice = { ...name, nickname: "Alice" };
const from = (clientAddress: string) => ({ meta: { clientAddress } });

describe.each(sqlBackends)("auth on $name", (backend) => {
	const closing: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});

	async function start({ variables = {}, settings = {} } = {}) {
		const { env, close } = await backend.open({ variables });
		closing.push(close);
		const ended: { sessionId: string; reason: string }[] = [];
		const broker = await startBroker({
			env,
			migrate: true,
			options: { dependencyInterval: 20 },
			services: [
				idsService,
				outboxService,
				usersService,
				authService,
				fakeTags({ "9": ["operator"] }),
				fakeAdmin(settings),
				fakeGateway(ended)
			]
		});
		closing.push(() => broker.stop());
		const db = openSql(env);
		closing.push(() => db.close());
		const call = broker.call.bind(broker) as Call;
		const keys = new AccessTokenKeys(async () => (await call("auth.keys")).items);
		const asUser = async (accessToken: string) => {
			const { userId, sessionId } = await verifyAccessToken(accessToken, keys);
			return { meta: { user: { id: userId, sessionId } } };
		};
		const lastCode = async () =>
			(await call("auth.devMessages", { phone })).items[0]?.code ?? "none";
		return { broker, db, call, asUser, lastCode, ended };
	}

	it.skipIf(!backend.available)("the first code of a phone makes one user", async () => {
		const { call, db, lastCode, asUser } = await start();
		expect(await call("auth.requestCode", { phone: "+86 138-0000-0001" })).toEqual({
			expiresIn: 300,
			resendIn: 60
		});
		const code = await lastCode();
		const tries = Array.from({ length: 50 }, () => call("auth.signIn", { phone, code }));
		const results = await Promise.allSettled(tries);
		const [session, ...others] = results.flatMap((result) =>
			result.status === "fulfilled" ? [result.value] : []
		);
		expect(others).toEqual([]);
		expect(session?.user).toMatchObject({ phone: "+861*******001", username: null });
		expect(await db.query("SELECT user_id FROM users_phones")).toHaveLength(1);

		const caller = await asUser(session?.accessToken ?? "");
		expect(caller.meta.user.id).toBe(session?.user.id);
		const { items } = await call("auth.listSessions", {}, caller);
		expect(items).toEqual([
			{
				id: caller.meta.user.sessionId,
				deviceName: "Unknown device",
				current: true,
				lastSeenAt: expect.any(String)
			}
		]);
	});

	it.skipIf(!backend.available)("auth.requestCode refuses what is no phone", async () => {
		const { call } = await start();
		await expect(call("auth.requestCode", { phone: "13800000001" })).rejects.toMatchObject({
			type: "PHONE_NOT_VALID",
			code: 422
		});
		await call("auth.requestCode", { phone });
		await expect(call("auth.requestCode", { phone })).rejects.toMatchObject({
			type: "CODE_SENT_LATELY"
		});
	});

	it.skipIf(!backend.available)("without a provider nothing is sent, and it is said", async () => {
		const { call } = await start({ variables: { SMS_PROVIDER: "off" } });
		await expect(call("auth.requestCode", { phone })).rejects.toMatchObject({
			type: "SMS_UNAVAILABLE",
			code: 503
		});
		await expect(call("auth.devMessages", {})).rejects.toMatchObject({ code: 404 });
	});

	it.skipIf(!backend.available)("auth.devMessages is not there in production", async () => {
		const { call } = await start({
			variables: {
				NODE_ENV: "production",
				MASTER_SECRET: "m".repeat(32),
				PHONE_INDEX_KEY: "ab".repeat(32),
				PHONE_KEYS: `k:${"cd".repeat(32)}`
			}
		});
		await expect(call("auth.devMessages", {})).rejects.toMatchObject({ code: 404 });
	});

	it.skipIf(!backend.available)("auth.register makes one account of a name", async () => {
		const { call, db } = await start();
		const results = await Promise.allSettled(
			Array.from({ length: 20 }, () => call("auth.register", alice))
		);
		const good = results.filter((result) => result.status === "fulfilled");
		expect(good).toHaveLength(1);
		for (const result of results) {
			if (result.status === "rejected") {
				expect(result.reason).toMatchObject({ type: "USERNAME_TAKEN" });
			}
		}
		const userId = good[0]?.value.user.id;
		const rows = await db.query<{ user_id: number }>("SELECT user_id FROM auth_passwords");
		expect(rows.map((row) => String(row.user_id))).toEqual([userId]);
		const again = await call("auth.signIn", { ...name, username: "ＡＬＩＣＥ" });
		expect(again.user.id).toBe(userId);
	});

	it.skipIf(!backend.available)("passwords are guessed a few times only", async () => {
		const { call } = await start();
		await call("auth.register", alice);
		const here = from("192.0.2.1");
		const guess = (username: string) =>
			call("auth.signIn", { username, password: "wrong" }, here).catch((error) => error);
		const [known, unknown] = [await guess("alice"), await guess("nobody")];
		expect(known).toMatchObject({ type: "INVALID_CREDENTIALS", code: 401 });
		expect([unknown.type, unknown.code, unknown.message, unknown.data]).toEqual([
			known.type,
			known.code,
			known.message,
			known.data
		]);
		for (let tries = 1; tries < limits.failuresPerNameAndAddressMax; tries++) await guess("Alice");
		await expect(call("auth.signIn", name, here)).rejects.toMatchObject({ type: "LOCKED_OUT" });
		expect((await call("auth.signIn", name, from("192.0.2.2"))).user.nickname).toBe("Alice");
	});

	it.skipIf(!backend.available)(
		"auth.refresh keeps the family until a token is reused",
		async () => {
			const { call, db, asUser, ended } = await start();
			const { refreshToken, accessToken } = await call("auth.register", alice);
			const { sessionId } = (await asUser(accessToken)).meta.user;
			const refresh = (token = refreshToken) => call("auth.refresh", { refreshToken: token });
			const sessions = await Promise.all(Array.from({ length: 50 }, () => refresh()));
			const successors = [...new Set(sessions.map((session) => session.refreshToken))];
			expect(successors).toHaveLength(1);
			expect((await asUser(sessions[0]?.accessToken ?? "")).meta.user.sessionId).toBe(sessionId);
			expect(ended).toEqual([]);

			await db.execute("UPDATE auth_refresh_tokens SET used_at = ? WHERE used_at IS NOT NULL", [
				new Date(Date.now() - 11_000)
			]);
			await expect(refresh()).rejects.toMatchObject({ type: "REFRESH_TOKEN_REUSED", code: 401 });
			await expect(refresh(successors[0])).rejects.toMatchObject({ type: "INVALID_REFRESH_TOKEN" });
			await until(() => ended.some((end) => end.sessionId === sessionId && end.reason === "reuse"));
			const { items } = await call("auth.revocations", { since: 0 });
			expect(items.map((item) => item.sessionId)).toEqual([sessionId]);
		}
	);

	it.skipIf(!backend.available)("sessions are ended by their owner only", async () => {
		const { call, asUser, ended } = await start();
		const owner = await asUser((await call("auth.register", alice)).accessToken);
		const device = await asUser((await call("auth.signIn", name)).accessToken);
		const other = { ...alice, username: "mallory" };
		const mallory = await asUser((await call("auth.register", other)).accessToken);
		const id = device.meta.user.sessionId;

		await expect(call("auth.endSession", { id }, mallory)).rejects.toMatchObject({ code: 404 });
		await expect(call("auth.endSession", { id })).rejects.toMatchObject({ code: 401 });
		expect(await call("auth.endSession", { id }, owner)).toBeNull();
		await expect(call("auth.endSession", { id }, owner)).rejects.toMatchObject({ code: 404 });
		expect(await call("auth.signOut", {}, owner)).toBeNull();
		expect((await call("auth.listSessions", {}, mallory)).items).toHaveLength(1);
		expect((await call("auth.listSessions", {}, owner)).items).toEqual([]);
		await until(() => ended.length === 2);
		expect(ended.map(({ reason }) => reason)).toEqual(["ended", "signed-out"]);

		const { until: first } = await call("auth.revocations", { since: 0 });
		const endedNow = await call("auth.endAllOf", { userId: mallory.meta.user.id, reason: "ended" });
		expect(endedNow).toEqual({ ended: 1 });
		const { items } = await call("auth.revocations", { since: first });
		expect(items.map(({ sessionId }) => sessionId)).toContain(mallory.meta.user.sessionId);
	});

	it.skipIf(!backend.available)("a ban ends sessions and refuses new ones", async () => {
		const { call, ended } = await start();
		const { user, refreshToken } = await call("auth.register", alice);
		await call("auth.signIn", name);
		await call("users.ban", { id: user.id, reason: "spam" }, operator);
		await until(() => ended.length === 2);
		expect(ended.map(({ reason }) => reason)).toEqual(["banned", "banned"]);
		await expect(call("auth.signIn", name)).rejects.toMatchObject({
			type: "USER_BANNED",
			code: 403
		});
		await expect(call("auth.refresh", { refreshToken })).rejects.toMatchObject({ code: 401 });
		await call("users.unban", { id: user.id }, operator);
		expect((await call("auth.signIn", name)).user.id).toBe(user.id);
	});

	it.skipIf(!backend.available)("registration can be closed", async () => {
		const { call, lastCode } = await start({ settings: { "auth.registrationsOpen": false } });
		await expect(call("auth.register", alice)).rejects.toMatchObject({
			type: "REGISTRATION_CLOSED",
			code: 403
		});
		await call("auth.requestCode", { phone });
		await expect(call("auth.signIn", { phone, code: await lastCode() })).rejects.toMatchObject({
			type: "REGISTRATION_CLOSED"
		});

		// Who has an account may always sign in.
		const known = "+8613800000002";
		const { userId } = await call("users.registerPhone", { phone: known });
		await call("auth.requestCode", { phone: known });
		const { items } = await call("auth.devMessages", { phone: known });
		const { user } = await call("auth.signIn", { phone: known, code: items[0]?.code ?? "" });
		expect(user.id).toBe(userId);
	});

	it.skipIf(!backend.available)("auth.rotateKeys is for operators", async () => {
		const { call, asUser } = await start();
		const { accessToken } = await call("auth.register", alice);
		const user = await asUser(accessToken);
		await expect(call("auth.rotateKeys", {}, user)).rejects.toMatchObject({ type: "FORBIDDEN" });
		const { kid } = await call("auth.rotateKeys", {}, operator);
		const { items } = await call("auth.keys");
		expect(items).toHaveLength(2);
		expect(items[1]).toEqual({ kid, kty: "OKP", crv: "Ed25519", x: expect.any(String) });
	});
});
