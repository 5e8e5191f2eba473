import { limits } from "../../config/limits.ts";
import { type Ctx, typed } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { type Held, lease } from "../../mixins/lease/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { moderation } from "./moderation.contract.ts";
import { moderationErrors } from "./moderation.errors.ts";
import {
	findChanges,
	findOfRoom,
	findOfUser,
	findOn,
	listOfRoom,
	type RestrictionRow,
	type Scope
} from "./moderation.model.ts";
import { endOf, type Kind, standingOf } from "./moderation.rules.ts";
import { readVersion } from "./moderation.versions.model.ts";
import { findAllWords, listWords } from "./moderation.words.model.ts";
import { foldWord } from "./moderation.words.ts";
import { allow, forbid, lay, liftFrom, sweep } from "./moderation.writing.ts";

const holdOf = ({ roomId, userId, kind, endsAt }: RestrictionRow) => ({
	...{ roomId, userId, kind },
	until: endsAt?.toISOString() ?? null
});

const viewOf = (row: RestrictionRow) => ({
	...holdOf(row),
	reason: row.reason,
	by: row.byId,
	byOperator: row.byOperator,
	at: row.laidAt.toISOString()
});

const versionKey = ["number"] as const;
const before = (cursor: string | undefined): number | undefined =>
	cursor === undefined ? undefined : decodeCursor(cursor, versionKey)[0];

interface Wish extends Scope {
	readonly kind: Kind;
	readonly seconds: number | undefined;
	readonly reason: string;
	readonly byOperator: boolean;
}

export default service(moderation, {
	mixins: [lease(), sql()],
	dependencies: ["tags", "users"],
	/** Made in `started`, when the broker and its environment are there. */
	state: () => ({ round: Promise.resolve() }) as { sweeper: NodeJS.Timeout; round: Promise<void> },
	methods: {
		/** For the `owner` rule. */
		async findRoom({ id }: { id: string }) {
			try {
				const { host } = await typed(this.broker).call("rooms.get", { id });
				return { userId: host.id };
			} catch (error) {
				if (isError(error, "NOT_FOUND")) return undefined;
				throw error;
			}
		},

		async lay(ctx: Ctx & { meta: { user: { id: string } } }, wish: Wish) {
			const byId = ctx.meta.user.id;
			const { userId, kind, seconds, ...rest } = wish;
			if (userId === byId) throw moderationErrors.CANNOT_RESTRICT_SELF();
			const { items } = await ctx.call("users.getMany", { ids: [userId] });
			if (items.length === 0) throw commonErrors.NOT_FOUND();
			const laidAt = new Date();
			const endsAt = endOf(kind, seconds, laidAt);
			return viewOf(await lay(this.sql, { ...rest, userId, kind, endsAt, byId, laidAt }));
		},

		async sweepUnder(held: Held): Promise<void> {
			if (held.token === undefined) return;
			try {
				await sweep(this.sql, new Date());
			} catch (error) {
				this.logger.warn("Old restrictions stay for now:", error);
			}
		}
	},
	actions: {
		async restrict(ctx) {
			const { id: roomId, userId, kind, seconds, reason = "" } = ctx.params;
			const { items } = await ctx.call("tags.of", { userIds: [userId] });
			if (userId !== ctx.meta.user.id && items[0]?.tags.includes("operator")) {
				throw moderationErrors.CANNOT_RESTRICT_OPERATOR();
			}
			return this.lay(ctx, { roomId, userId, kind, seconds, reason, byOperator: false });
		},

		async lift(ctx) {
			const { id: roomId, userId } = ctx.params;
			await liftFrom(this.sql, { roomId, userId, operatorsToo: false }, new Date());
			return {};
		},

		async list(ctx) {
			const { id: roomId, cursor, limit = limits.pageItemsDefault } = ctx.params;
			const query = { roomId, before: before(cursor), limit: limit + 1, now: new Date() };
			const found = await listOfRoom(this.sql, query);
			const { items, nextCursor } = pageOf(found, limit, ({ version }) => [version]);
			return { items: items.map(viewOf), nextCursor };
		},

		async standing(ctx) {
			const { id } = ctx.meta.user;
			const laid = await findOn(this.sql, { roomId: ctx.params.id, userId: id });
			return standingOf(laid.map(holdOf), new Date());
		},

		async restrictAnywhere(ctx) {
			const { userId, roomId = null, kind, seconds, reason } = ctx.params;
			// Throws NOT_FOUND.
			if (roomId !== null) await ctx.call("rooms.get", { id: roomId });
			return this.lay(ctx, { roomId, userId, kind, seconds, reason, byOperator: true });
		},

		async liftAnywhere(ctx) {
			const { userId, roomId = null } = ctx.params;
			await liftFrom(this.sql, { roomId, userId, operatorsToo: true }, new Date());
			return {};
		},

		async words(ctx) {
			const { cursor, limit = limits.pageItemsDefault } = ctx.params;
			const found = await listWords(this.sql, { before: before(cursor), limit: limit + 1 });
			const { items, nextCursor } = pageOf(found, limit, ({ version }) => [version]);
			return {
				items: items.map(({ word, byId, addedAt }) => ({
					...{ word, by: byId },
					at: addedAt.toISOString()
				})),
				nextCursor
			};
		},

		async addWord(ctx) {
			const word = foldWord(ctx.params.word);
			if (word === undefined) throw moderationErrors.WORD_NOT_ALLOWED();
			await forbid(this.sql, { word, byId: ctx.meta.user.id, at: new Date() });
			return { word };
		},

		async removeWord(ctx) {
			const word = foldWord(ctx.params.word);
			if (word !== undefined) await allow(this.sql, word);
			return {};
		},

		// Here and below the version is read first: what is read after it is at least as new.
		async ofRoom(ctx) {
			const version = await readVersion(this.sql, "restrictions");
			const found = await findOfRoom(this.sql, ctx.params.roomId, new Date());
			return { items: found.map(holdOf), version };
		},

		async ofUser(ctx) {
			const version = await readVersion(this.sql, "restrictions");
			const found = await findOfUser(this.sql, ctx.params.userId, new Date());
			return { items: found.map(holdOf), version };
		},

		async changes(ctx) {
			const { since } = ctx.params;
			const max = limits.restrictionChangesPerAnswerMax;
			const wordsVersion = await readVersion(this.sql, "words");
			const { version, floor, items } = await findChanges(this.sql, since, max + 1);
			// A version ahead of ours is of a database that was set back.
			const complete = since >= floor && since <= version && items.length <= max;
			return { version, items: complete ? [...items] : [], complete, wordsVersion };
		},

		async allWords() {
			const version = await readVersion(this.sql, "words");
			return { version, words: await findAllWords(this.sql) };
		}
	},
	async started() {
		const ttlMs = limits.restrictionLeaseMilliseconds;
		const held = await this.lease.hold("moderation.sweep", { ttlMs });
		this.sweeper = setInterval(() => {
			this.round = this.round.then(() => this.sweepUnder(held));
		}, limits.restrictionSweepMilliseconds);
		this.sweeper.unref();
	},
	async stopped() {
		clearInterval(this.sweeper);
		await this.round;
	}
});
