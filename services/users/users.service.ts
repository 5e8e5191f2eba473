import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import type { Ctx } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { cache, type Namespace } from "../../mixins/cache/index.ts";
import { redis } from "../../mixins/redis.ts";
import { type Queryable, sql, type Transaction } from "../../mixins/sql/index.ts";
import { type ReadYourWrites, readYourWrites } from "../../mixins/sql/read-your-writes.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { users } from "./users.contract.ts";
import { userErrors } from "./users.errors.ts";
import {
	findPhone,
	findProfile,
	findProfiles,
	findUserByPhone,
	findUserByUsername,
	findUsername,
	insertPhone,
	insertProfile,
	insertUsername,
	isPhoneTaken,
	isUsernameTaken,
	type Profile,
	setStatus,
	updateProfile
} from "./users.model.ts";
import { PhoneVault } from "./users.phones.ts";
import {
	firstNickname,
	idsOf,
	maskPhone,
	normaliseNickname,
	normaliseUsername,
	publicProfile,
	visibleTags
} from "./users.rules.ts";

/** Cached by id: what `publicProfile` keeps of a row. */
const profilesCache = "users.profiles";

const nicknameOf = (text: string): string => {
	const nickname = normaliseNickname(text);
	if (nickname === undefined) throw userErrors.NICKNAME_NOT_ALLOWED();
	return nickname;
};

export default service(users, {
	mixins: [sql(), redis(), cache()],
	dependencies: ["ids", "tags"],
	/** Made in `created`, when the broker and its environment are there. */
	state: () => ({}) as { vault: PhoneVault; reads: ReadYourWrites; profiles: Namespace },
	methods: {
		/** The user as they see themselves, read from `db`. */
		async ownUser(ctx: Ctx, db: Queryable, profile: Profile) {
			const { id } = profile;
			const [phone, username, tags] = await Promise.all([
				findPhone(db, id),
				findUsername(db, id),
				ctx.call("tags.of", { userIds: [id] })
			]);
			return {
				...publicProfile(profile),
				tags: tags.items[0]?.tags ?? [],
				phone: phone ? maskPhone(this.vault.open(phone, id)) : null,
				username: username ?? null
			};
		},

		/** The signed-in user; somebody who has just written reads from the primary. */
		async callersUser(ctx: Ctx, id: string) {
			const db = await this.reads.readerFor(id);
			const profile = await findProfile(db, id);
			if (!profile) throw commonErrors.NOT_FOUND();
			return this.ownUser(ctx, db, profile);
		},

		async newId(ctx: Ctx): Promise<string> {
			const { ids } = await ctx.call("ids.take", { name: "users" });
			return ids[0] as string;
		},

		/** What every new user has, whichever way they came. */
		async insertUser(tx: Transaction, user: { id: string; nickname: string }): Promise<void> {
			const at = new Date();
			await insertProfile(tx, { ...user, at });
			await publish(tx, "users.registered", { userId: user.id, at: at.toISOString() });
			// Whoever asked for this id before it was given was told "nobody", and that is cached.
			await this.cache.invalidate(tx, profilesCache, [user.id]);
		},

		/** True when it was not so before. A change and the fact that tells of it commit together. */
		async changeStatus(id: string, status: Profile["status"], reason: string | null) {
			const at = new Date();
			const changed = await this.sql.transaction(async (tx) => {
				if (!(await setStatus(tx, id, { status, reason, at }))) return false;
				const fact = status === "banned" ? "users.banned" : "users.unbanned";
				await publish(tx, fact, { userId: id, at: at.toISOString() });
				return true;
			});
			if (!changed && !(await findProfile(this.sql, id))) throw commonErrors.NOT_FOUND();
			return changed;
		}
	},
	actions: {
		me(ctx) {
			return this.callersUser(ctx, ctx.meta.user.id);
		},

		async update(ctx) {
			const { id } = ctx.meta.user;
			const { nickname, ...rest } = ctx.params;
			const changes = nickname === undefined ? rest : { ...rest, nickname: nicknameOf(nickname) };
			await this.sql.transaction(async (tx) => {
				await updateProfile(tx, id, { ...changes, at: new Date() });
				await this.cache.invalidate(tx, profilesCache, [id]);
			});
			await this.reads.pin(id);
			await ctx.emit("users.changed", { userId: id });
			return this.callersUser(ctx, id);
		},

		async getMany(ctx) {
			const ids = idsOf(ctx.params.ids);
			// From the primary: what a lagging replica answered would stay in the cache.
			const profiles = await this.profiles.getMany(ids, async (missing) => {
				const rows = await findProfiles(this.sql, missing);
				return new Map(rows.map((row) => [row.id, publicProfile(row)]));
			});
			const { items: tagged } = await ctx.call("tags.of", { userIds: [...profiles.keys()] });
			const tags = new Map(tagged.map((item) => [item.userId, item.tags]));
			return {
				items: ids.flatMap((id) => {
					const profile = profiles.get(id);
					return profile ? [{ ...profile, tags: visibleTags(tags.get(id) ?? []) }] : [];
				})
			};
		},

		async becomeHost(ctx) {
			if (envOf(this.broker).production) throw userErrors.OPERATORS_GRANT_HOST();
			const { id } = ctx.meta.user;
			await ctx.call("tags.set", { userId: id, tag: "host" });
			const user = await this.callersUser(ctx, id);
			// The tag stands, yet a cached copy of the tags may be a moment older.
			return { ...user, tags: [...new Set([...user.tags, "host"])] };
		},

		async ban(ctx) {
			const { id, reason } = ctx.params;
			return { changed: await this.changeStatus(id, "banned", reason) };
		},

		async unban(ctx) {
			return { changed: await this.changeStatus(ctx.params.id, "active", null) };
		},

		async account(ctx) {
			const profile = await findProfile(this.sql, ctx.params.id);
			if (!profile) throw commonErrors.NOT_FOUND();
			const user = await this.ownUser(ctx, this.sql, profile);
			return { user, banned: profile.status === "banned" };
		},

		async findByPhone(ctx) {
			const userId = await findUserByPhone(this.sql, this.vault.index(ctx.params.phone));
			return { userId: userId ?? null };
		},

		async findByUsername(ctx) {
			const username = normaliseUsername(ctx.params.username);
			if (username === undefined) return { username: ctx.params.username, userId: null };
			return { username, userId: (await findUserByUsername(this.sql, username)) ?? null };
		},

		/**
		 * Any number of calls may come at once for a new phone. Each takes an id and tries; the
		 * unique key of the directory lets one in, with its profile, and the others find it.
		 */
		async registerPhone(ctx) {
			const { phone } = ctx.params;
			const index = this.vault.index(phone);
			const known = await findUserByPhone(this.sql, index);
			if (known !== undefined) return { userId: known, created: false };
			const id = await this.newId(ctx);
			try {
				await this.sql.transaction(async (tx) => {
					await insertPhone(tx, { userId: id, index, ...this.vault.seal(phone, id) });
					await this.insertUser(tx, { id, nickname: firstNickname(id) });
				});
			} catch (error) {
				const winner = isPhoneTaken(error) && (await findUserByPhone(this.sql, index));
				if (winner) return { userId: winner, created: false };
				throw error;
			}
			await this.reads.pin(id);
			return { userId: id, created: true };
		},

		async registerName(ctx) {
			const { id } = ctx.params;
			const username = normaliseUsername(ctx.params.username);
			if (username === undefined) throw userErrors.USERNAME_NOT_ALLOWED();
			const nickname = nicknameOf(ctx.params.nickname);
			try {
				await this.sql.transaction(async (tx) => {
					await insertUsername(tx, { userId: id, username });
					await this.insertUser(tx, { id, nickname });
				});
			} catch (error) {
				throw isUsernameTaken(error) ? userErrors.USERNAME_TAKEN() : error;
			}
			await this.reads.pin(id);
			return { userId: id };
		}
	},
	created() {
		const { secrets } = envOf(this.broker);
		this.vault = new PhoneVault(secrets);
		this.reads = readYourWrites({ sql: this.sql, redis: this.redis });
		this.profiles = this.cache.namespace(profilesCache, {
			ttlMs: limits.profileCacheMilliseconds,
			nullTtlMs: limits.profileAbsentCacheMilliseconds
		});
	}
});
