import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { type Ctx, typed } from "../../lib/context.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { redis } from "../../mixins/redis.ts";
import { runtimeSettings } from "../../mixins/runtime-settings/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { once } from "../outbox/outbox.tx.ts";
import { deletePassword, findPassword, insertPassword } from "./auth.codes.model.ts";
import { Codes } from "./auth.codes.ts";
import { auth } from "./auth.contract.ts";
import { authErrors } from "./auth.errors.ts";
import { Keyring } from "./auth.keyring.ts";
import { Lockout } from "./auth.lockout.ts";
import { hashPassword, passwordMatches } from "./auth.passwords.ts";
import {
	normaliseDeviceName,
	normalisePhone,
	phoneForLog,
	revocationsOf,
	revocationWindow
} from "./auth.rules.ts";
import { type AuthSecrets, authSecrets } from "./auth.secrets.ts";
import {
	endSessions,
	findEndedSince,
	findLiveSession,
	findLiveSessions,
	type Reason
} from "./auth.sessions.model.ts";
import { openSession, refreshSession } from "./auth.sessions.ts";
import { sweep } from "./auth.sweep.ts";
import { issueAccessToken } from "./auth.tokens.ts";
import { findMessages } from "./sms/messages.model.ts";
import { smsProvider } from "./sms/provider.ts";

const nameRefusals = ["USERNAME_TAKEN", "USERNAME_NOT_ALLOWED", "NICKNAME_NOT_ALLOWED"];

interface Opened {
	readonly userId: string;
	readonly sessionId: string;
	readonly refreshToken: string;
}

const phoneOf = (text: string): string => {
	const phone = normalisePhone(text);
	if (phone === undefined) throw authErrors.PHONE_NOT_VALID();
	return phone;
};

export default service(auth, {
	mixins: [sql(), redis(), runtimeSettings()],
	dependencies: ["ids", "users"],
	/** Made in `created`, when the broker and its environment are there. */
	state: () =>
		({}) as {
			secrets: AuthSecrets;
			keyring: Keyring;
			codes: Codes;
			lockout: Lockout;
			sweeper: NodeJS.Timeout;
		},
	methods: {
		/** Who a phone and its code belong to; the first time, a new user. */
		async userByCode(ctx: Ctx, phoneText: string, code: string): Promise<string> {
			const phone = phoneOf(phoneText);
			if (!(await this.codes.use(phone, code, new Date()))) throw authErrors.INVALID_CODE();
			if (!this.runtimeSettings.get("auth.registrationsOpen")) {
				const { userId } = await ctx.call("users.findByPhone", { phone });
				if (userId === null) throw authErrors.REGISTRATION_CLOSED();
				return userId;
			}
			return (await ctx.call("users.registerPhone", { phone })).userId;
		},

		async userByPassword(ctx: Ctx, name: string, password: string): Promise<string> {
			const { username, userId } = await ctx.call("users.findByUsername", { username: name });
			const guesser = { name: username, address: ctx.meta.clientAddress };
			await this.lockout.admit(guesser);
			// Nobody has id 0: an unknown name costs the same query, and then the same hashing.
			const stored = await findPassword(this.sql, userId ?? "0");
			if (!(await passwordMatches(stored, password)) || userId === null) {
				await this.lockout.countFailure(guesser);
				throw authErrors.INVALID_CREDENTIALS();
			}
			await this.lockout.forgive(guesser);
			return userId;
		},

		async signInAs(ctx: Ctx, userId: string, device: string | undefined) {
			const { ids } = await ctx.call("ids.take", { name: "sessions" });
			const sessionId = ids[0] as string;
			const deviceName = normaliseDeviceName(device);
			const session = { id: sessionId, userId, deviceName, now: new Date() };
			const { refreshToken, pushedOut } = await openSession(this.sql, session);
			this.announce(pushedOut, "too-many");
			return this.answer(ctx, { userId, sessionId, refreshToken });
		},

		/**
		 * The ban is asked for when the session stands already. Asked before, a ban in between
		 * would end all sessions but this one; now either we see the ban, or the ban sees us.
		 */
		async answer(ctx: Ctx, { userId, sessionId, refreshToken }: Opened) {
			const { user, banned } = await ctx.call("users.account", { id: userId });
			const now = new Date();
			if (banned) {
				await this.end([{ id: sessionId, userId }], "banned");
				throw authErrors.USER_BANNED();
			}
			const key = await this.keyring.current(now);
			const accessToken = await issueAccessToken({ userId, sessionId, now }, key);
			return { accessToken, refreshToken, expiresIn: limits.accessTokenSecondsMax, user };
		},

		async end(sessions: readonly { id: string; userId: string }[], reason: Reason) {
			const ids = sessions.map(({ id }) => id);
			await endSessions(this.sql, ids, { reason, now: new Date() });
			this.announce(sessions, reason);
		},

		/** Only a hint: gateways that miss it find the session in `auth.revocations`. */
		announce(sessions: readonly { id: string; userId: string }[], reason: Reason): void {
			for (const { id, userId } of sessions) {
				typed(this.broker)
					.broadcast("auth.sessionEnded", { sessionId: id, userId, reason })
					.catch((error) => this.logger.warn("A session's end was not announced:", error));
			}
		},

		/** For the `owner` rule of `endSession`. */
		findSession({ id }: { id: string }) {
			return findLiveSession(this.sql, { id, now: new Date() });
		}
	},
	actions: {
		async requestCode(ctx) {
			const phone = phoneOf(ctx.params.phone);
			const perHourMax = this.runtimeSettings.get("auth.codesPerPhonePerHourMax");
			await this.codes.send(phone, { now: new Date(), perHourMax });
			this.logger.info(`A sign-in code went to ${phoneForLog(phone)}`);
			return {
				expiresIn: limits.signInCodeSecondsMax,
				resendIn: limits.signInCodeResendSecondsMin
			};
		},

		async signIn(ctx) {
			const { phone, code, username, password, deviceName } = ctx.params;
			// The contract lets no other mixture through than these two.
			const userId =
				phone !== undefined && code !== undefined
					? await this.userByCode(ctx, phone, code)
					: await this.userByPassword(ctx, username ?? "", password ?? "");
			return this.signInAs(ctx, userId, deviceName);
		},

		/**
		 * The password stands before the user does: an id that nobody has yet opens nothing, while
		 * a user without a password could never sign in. `users.registerName` then decides in one
		 * transaction who gets the name.
		 */
		async register(ctx) {
			const { username, password, nickname, deviceName } = ctx.params;
			if (!this.runtimeSettings.get("auth.registrationsOpen")) {
				throw authErrors.REGISTRATION_CLOSED();
			}
			const { ids } = await ctx.call("ids.take", { name: "users" });
			const id = ids[0] as string;
			const hash = await hashPassword(password);
			await insertPassword(this.sql, { userId: id, hash, now: new Date() });
			try {
				await ctx.call("users.registerName", { id, username, nickname });
			} catch (error) {
				// After any other failure the user may exist, and then needs the password.
				if (nameRefusals.some((code) => isError(error, code))) {
					await deletePassword(this.sql, id);
				}
				throw error;
			}
			return this.signInAs(ctx, id, deviceName);
		},

		async refresh(ctx) {
			const token = ctx.params.refreshToken;
			const key = this.secrets.refreshTokens;
			const refreshed = await refreshSession(this.sql, { token, key, now: new Date() });
			if (!refreshed) throw authErrors.INVALID_REFRESH_TOKEN();
			const { verdict, sessionId, userId } = refreshed;
			if (verdict === "reuse") {
				this.logger.warn(`A used refresh token came again; session ${sessionId} has ended.`);
				this.announce([{ id: sessionId, userId }], "reuse");
				throw authErrors.REFRESH_TOKEN_REUSED();
			}
			return this.answer(ctx, refreshed);
		},

		async signOut(ctx) {
			const { id, sessionId } = ctx.meta.user;
			await this.end([{ id: sessionId, userId: id }], "signed-out");
			return null;
		},

		async listSessions(ctx) {
			const { id: userId, sessionId } = ctx.meta.user;
			const sessions = await findLiveSessions(this.sql, { userId, now: new Date() });
			return {
				items: sessions.map(({ id, deviceName, lastSeenAt }) => ({
					id,
					deviceName,
					current: id === sessionId,
					lastSeenAt: lastSeenAt.toISOString()
				}))
			};
		},

		async endSession(ctx) {
			await this.end([{ id: ctx.params.id, userId: ctx.meta.user.id }], "ended");
			return null;
		},

		async endAllOf(ctx) {
			const { userId, reason } = ctx.params;
			const sessions = await findLiveSessions(this.sql, { userId, now: new Date() });
			await this.end(sessions, reason);
			return { ended: sessions.length };
		},

		async keys() {
			return { items: await this.keyring.published(new Date()) };
		},

		async revocations(ctx) {
			const now = Date.now();
			const window = revocationWindow(ctx.params.since, now);
			const ended = await findEndedSince(this.sql, window.from, window.count);
			return revocationsOf(ended, window);
		},

		async rotateKeys() {
			const { kid, activeFrom } = await this.keyring.rotate(new Date());
			return { kid, activeFrom: activeFrom.toISOString() };
		},

		async devMessages(ctx) {
			const env = envOf(this.broker);
			if (env.production || env.sms.provider !== "log") throw commonErrors.NOT_FOUND();
			// In a query, a plus that nobody encoded arrives as a space.
			const phone = ctx.params.phone?.replace(/^ /, "+");
			const items = await findMessages(this.sql, phone && phoneOf(phone));
			return { items: items.map((message) => ({ ...message, at: message.at.toISOString() })) };
		}
	},
	channels: {
		async "users.banned"(ctx) {
			const { userId } = ctx.params;
			const now = new Date();
			// A repeat must not end what the user opened after an unban.
			const ended = await this.sql.transaction(async (tx) => {
				if (!(await once(tx, "auth", ctx.headers["message-id"]))) return [];
				const sessions = await findLiveSessions(tx, { userId, now });
				const ids = sessions.map(({ id }) => id);
				await endSessions(tx, ids, { reason: "banned", now });
				return sessions;
			});
			this.announce(ended, "banned");
		}
	},
	created() {
		const env = envOf(this.broker);
		this.secrets = authSecrets(env.secrets.master);
		this.keyring = new Keyring(this.sql, this.secrets.signingKeys);
		this.codes = new Codes(this.sql, this.secrets.codes, smsProvider(env, this.sql));
		this.lockout = new Lockout(this.redis);
	},
	async started() {
		// A wrong MASTER_SECRET shows at once, not at the first sign-in.
		await this.keyring.current(new Date());
		this.sweeper = setInterval(() => {
			sweep(this.sql, new Date()).catch((error) =>
				this.logger.warn("Old sign-in rows stay for now:", error)
			);
		}, limits.authSweepSeconds * 1000);
		this.sweeper.unref();
	},
	stopped() {
		clearInterval(this.sweeper);
	}
});
