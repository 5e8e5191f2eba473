import { limits } from "../../config/limits.ts";
import type { Ctx } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { type Queryable, sql } from "../../mixins/sql/index.ts";
import { once } from "../outbox/outbox.tx.ts";
import { follows } from "./follows.contract.ts";
import { followErrors } from "./follows.errors.ts";
import {
	addFans,
	countFans,
	deleteFollow,
	deleteNoticesBefore,
	findFollowed,
	findFollowers,
	insertFollow,
	insertNotice,
	isFollowing,
	listNotices
} from "./follows.model.ts";

/** In parts of at most `size`. */
const parts = <T>(items: readonly T[], size: number): T[][] =>
	Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
		items.slice(index * size, (index + 1) * size)
	);

export default service(follows, {
	mixins: [sql()],
	dependencies: ["users", "rooms"],
	state: () => ({}) as { sweeper: NodeJS.Timeout },
	methods: {
		async statusOf(db: Queryable, hostId: string, userId: string | undefined) {
			const [fans, following] = await Promise.all([
				countFans(db, hostId),
				userId === undefined ? false : isFollowing(db, { userId, hostId })
			]);
			return { following, fans };
		},

		/** Nicknames and pictures of these users, by id. */
		async hostsOf(ctx: Ctx, ids: readonly string[]) {
			if (ids.length === 0) return new Map<string, never>();
			const { items } = await ctx.call("users.getMany", { ids: [...new Set(ids)] });
			return new Map(
				items.map(({ id, nickname, avatarUrl }) => [id, { id, nickname, avatarUrl }] as const)
			);
		}
	},
	actions: {
		async follow(ctx) {
			const [userId, hostId] = [ctx.meta.user.id, ctx.params.id];
			if (userId === hostId) throw followErrors.CANNOT_FOLLOW_SELF();
			const { items } = await ctx.call("users.getMany", { ids: [hostId] });
			if (items.length === 0) throw commonErrors.NOT_FOUND();
			const max = limits.followsPerUserMax;
			const followed = await findFollowed(this.sql, userId, max);
			if (followed.length >= max && !followed.includes(hostId)) {
				throw followErrors.TOO_MANY_FOLLOWS({ max });
			}
			await this.sql.transaction(async (tx) => {
				if (await insertFollow(tx, { userId, hostId, at: new Date() })) {
					await addFans(tx, hostId, 1);
				}
			});
			return this.statusOf(this.sql, hostId, userId);
		},

		async unfollow(ctx) {
			const [userId, hostId] = [ctx.meta.user.id, ctx.params.id];
			await this.sql.transaction(async (tx) => {
				if (await deleteFollow(tx, { userId, hostId })) await addFans(tx, hostId, -1);
			});
			return this.statusOf(this.sql, hostId, userId);
		},

		status(ctx) {
			return this.statusOf(this.sql, ctx.params.id, ctx.meta.user?.id);
		},

		async live(ctx) {
			const userId = ctx.meta.user.id;
			const followed = await findFollowed(this.sql, userId, limits.followsPerUserMax);
			const answers = await Promise.all(
				parts(followed, limits.idsPerRequestMax).map((hostIds) =>
					ctx.call("rooms.liveByHosts", { hostIds })
				)
			);
			return { items: answers.flatMap(({ items }) => items) };
		},

		async notices(ctx) {
			const { cursor, limit = limits.pageItemsDefault } = ctx.params;
			const before = cursor === undefined ? undefined : decodeCursor(cursor, ["number", "string"]);
			const query = { userId: ctx.meta.user.id, before, limit: limit + 1 };
			const found = await listNotices(this.sql, query);
			const { items, nextCursor } = pageOf(found, limit, ({ at, id }) => [at.getTime(), id]);
			const hosts = await this.hostsOf(
				ctx,
				items.map(({ hostId }) => hostId)
			);
			return {
				items: items.flatMap(({ id, hostId, roomId, at }) => {
					const host = hosts.get(hostId);
					const type = "went-live" as const;
					return host ? [{ id, type, host, roomId, at: at.toISOString() }] : [];
				}),
				nextCursor
			};
		},

		async followersOf(ctx) {
			const { limit, ...who } = ctx.params;
			const found = await findFollowers(this.sql, { ...who, limit: limit + 1 });
			const userIds = found.slice(0, limit);
			return { userIds, next: found.length > limit ? (userIds.at(-1) ?? null) : null };
		}
	},
	channels: {
		async "rooms.wentLive"(ctx) {
			const { sessionId, hostId, roomId, at } = ctx.params;
			await this.sql.transaction(async (tx) => {
				if (!(await once(tx, "follows", ctx.headers["message-id"]))) return;
				await insertNotice(tx, { id: sessionId, hostId, roomId, at: new Date(at) });
			});
		}
	},
	started() {
		// Nobody reads them any more, so it does not matter on how many nodes this runs.
		this.sweeper = setInterval(() => {
			const before = new Date(Date.now() - limits.followNoticeSecondsMax * 1000);
			deleteNoticesBefore(this.sql, before).catch((error) =>
				this.logger.warn("Old notices stay for now:", error)
			);
		}, limits.followSweepMilliseconds);
		this.sweeper.unref();
	},
	stopped() {
		clearInterval(this.sweeper);
	}
});
