import { limits } from "../../config/limits.ts";
import { type Ctx, typed } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { GroupCommit } from "../../lib/group-commit.ts";
import { Recent } from "../../lib/recent.ts";
import { service } from "../../lib/service.ts";
import { cache, type Namespace } from "../../mixins/cache/index.ts";
import { watchCommits } from "../../mixins/figures.ts";
import { runtimeSettings } from "../../mixins/runtime-settings/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { publish } from "../outbox/outbox.tx.ts";
import {
	findCatalogue,
	findGift,
	type GiftChanges,
	insertGift,
	updateGift
} from "./gifts.catalogue.model.ts";
import { gifts } from "./gifts.contract.ts";
import { giftErrors } from "./gifts.errors.ts";
import { findAnswer, listRecords, type RecordQuery, sumSession } from "./gifts.model.ts";
import { type GiftRoom, takesGifts } from "./gifts.rules.ts";
import { type GiftIntent, type GiftVerdict, giftSending } from "./gifts.sending.ts";
import { type CachedGift, giftView, managedView, recordView } from "./gifts.view.ts";

/** The whole catalogue is one entry, and each gift one of its own: a cache hands out copies. */
const cacheName = "gifts.catalogue";
const wholeCatalogue = "all";

const refusals = {
	insufficient: "INSUFFICIENT_BALANCE",
	frozen: "WALLET_FROZEN",
	conflict: "IDEMPOTENCY_CONFLICT"
} as const;

type SendCtx = Ctx<{ id: string; giftId: string; count: number }>;

export default service(gifts, {
	mixins: [sql(), cache(), runtimeSettings()],
	dependencies: ["ids", "rooms", "users"],
	/** Made in `created`, when the broker and its database are there. */
	state: () =>
		({}) as {
			catalogue: Namespace;
			rooms: Recent<GiftRoom>;
			sending: GroupCommit<GiftIntent, GiftVerdict>;
		},
	methods: {
		/** Retired gifts too. */
		async readCatalogue(): Promise<CachedGift[]> {
			return (await this.catalogue.get(wholeCatalogue, () => findCatalogue(this.sql))) ?? [];
		},

		/** A retired gift too; null when there never was one. */
		readGift(id: string): Promise<CachedGift | null> {
			return this.catalogue.get(id, () => findGift(this.sql, id));
		},

		async readRoom(id: string): Promise<GiftRoom> {
			const { call } = typed(this.broker);
			const room = await call("rooms.get", { id });
			const hostId = room.host.id;
			if (!takesGifts(room.status)) return { hostId, sessionId: undefined };
			const { items } = await call("rooms.sessions", { id, limit: 1 });
			const open = items.find(({ endedAt }) => endedAt === null);
			return { hostId, sessionId: open?.id };
		},

		/** For the `owner` rule: a room's statement belongs to its host. */
		async findOwned({ id }: { id: string }) {
			return { userId: (await this.rooms.get(id)).hostId };
		},

		/** What the gift takes, all read before its commit. Throws what speaks against it. */
		async prepare(ctx: SendCtx, user: { id: string }): Promise<GiftIntent> {
			const { id: roomId, giftId, count } = ctx.params;
			const { idempotency, requestID } = { ...ctx.locals, requestID: ctx.requestID };
			if (!idempotency) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			const room = await this.rooms.get(roomId);
			if (room.sessionId === undefined) throw giftErrors.ROOM_NOT_LIVE();
			if (room.hostId === user.id) throw giftErrors.GIFT_TO_SELF();
			const gift = await this.readGift(giftId);
			if (!gift || gift.retiredAt !== null) throw giftErrors.GIFT_NOT_AVAILABLE();
			const { countMax, price } = gift;
			if (count > countMax) throw giftErrors.GIFT_COUNT_NOT_ALLOWED({ countMax });
			const { items } = await ctx.call("users.getMany", { ids: [user.id] });
			const [sender] = items;
			if (!sender) throw commonErrors.UNAUTHENTICATED();
			return {
				...{ roomId, sessionId: room.sessionId, hostId: room.hostId, giftId },
				...{ giftName: gift.names.en, effect: gift.effect, icon: gift.icon, price, count },
				coins: price * count,
				hostPercent: this.runtimeSettings.get("gifts.hostSharePercent"),
				sender: { id: sender.id, nickname: sender.nickname, level: sender.level },
				...idempotency,
				requestId: requestID ?? undefined
			};
		},

		/**
		 * A retry gets its first answer whatever became of the room or the gift meanwhile. It is
		 * looked up only where something speaks against the gift: all others meet it in the commit.
		 */
		async verdictOf(ctx: SendCtx, user: { id: string }): Promise<GiftVerdict> {
			let intent: GiftIntent;
			try {
				intent = await this.prepare(ctx, user);
			} catch (refusal) {
				const { idempotency } = ctx.locals;
				if (!idempotency) throw refusal;
				const { key, hash } = idempotency;
				const first = await findAnswer(this.sql, { userId: user.id, key });
				if (!first) throw refusal;
				return first.hash === hash ? { outcome: "sent", ...first } : { outcome: "conflict" };
			}
			return this.sending.submit(intent);
		},

		/** The caller has gone by now, so the sender hears of it as a message. */
		async tellFailure(
			ctx: SendCtx,
			senderId: string,
			reason: (typeof refusals)[keyof typeof refusals]
		) {
			const { id: roomId, giftId, count } = ctx.params;
			const key = ctx.locals.idempotency?.key ?? "";
			const at = new Date().toISOString();
			await this.sql.transaction((tx) =>
				publish(tx, "gifts.failed", { roomId, senderId, giftId, count, key, reason, at })
			);
		},

		/** Changes a gift, forgets it in all caches, and answers how it is now. */
		async change(id: string, changes: GiftChanges) {
			await this.sql.transaction(async (tx) => {
				if (!(await updateGift(tx, id, { ...changes, at: new Date() }))) {
					throw commonErrors.NOT_FOUND();
				}
				await this.cache.invalidate(tx, cacheName, [wholeCatalogue, id]);
			});
			return this.managed(id);
		},

		async managed(id: string) {
			const gift = await findGift(this.sql, id);
			if (!gift) throw commonErrors.NOT_FOUND();
			return managedView(gift);
		},

		/** The session asked for, of that room; the last one unless told. */
		async sessionOf({ id, sessionId }: { id: string; sessionId?: string }) {
			if (sessionId !== undefined) return sessionId;
			const { items } = await typed(this.broker).call("rooms.sessions", { id, limit: 1 });
			return items[0]?.id;
		},

		pageQuery({ cursor, limit = limits.pageItemsDefault }: { cursor?: string; limit?: number }) {
			const before = cursor === undefined ? undefined : decodeCursor(cursor, ["number", "string"]);
			const query: RecordQuery = { before, limit: limit + 1 };
			return { query, limit };
		}
	},
	actions: {
		async list() {
			const all = await this.readCatalogue();
			return { items: all.filter(({ retiredAt }) => retiredAt === null).map(giftView) };
		},

		async send(ctx) {
			const { user } = ctx.meta;
			const startedAt = performance.now();
			const verdict = await this.verdictOf(ctx, user);
			if (verdict.outcome === "sent") {
				const { id, balance, combo } = verdict;
				return { id, balance, combo };
			}
			const reason = refusals[verdict.outcome];
			const patienceMs = ctx.options.timeout ?? limits.callMillisecondsMax;
			const waitedMs = performance.now() - startedAt + limits.giftAnswerMarginMilliseconds;
			if (waitedMs > patienceMs) await this.tellFailure(ctx, user.id, reason);
			throw { ...commonErrors, ...giftErrors }[reason]();
		},

		async sent(ctx) {
			const { query, limit } = this.pageQuery(ctx.params);
			const found = await listRecords(this.sql, { userId: ctx.meta.user.id }, query);
			const { items, nextCursor } = pageOf(found, limit, ({ at, id }) => [at.getTime(), id]);
			const views = items.map((record) => ({ ...recordView(record), hostId: record.hostId }));
			return { items: views, nextCursor };
		},

		async statement(ctx) {
			const { query, limit } = this.pageQuery(ctx.params);
			const sessionId = await this.sessionOf(ctx.params);
			if (sessionId === undefined) return { items: [], nextCursor: null };
			const found = await listRecords(this.sql, { sessionId, roomId: ctx.params.id }, query);
			const { items, nextCursor } = pageOf(found, limit, ({ at, id }) => [at.getTime(), id]);
			if (items.length === 0) return { items: [], nextCursor };
			const ids = [...new Set(items.map(({ userId }) => userId))];
			const senders = await ctx.call("users.getMany", { ids });
			const known = new Map(senders.items.map((user) => [user.id, user]));
			const views = items.map((record) => {
				const { nickname = `#${record.userId}`, level = 0 } = known.get(record.userId) ?? {};
				const sender = { id: record.userId, nickname, level };
				return { ...recordView(record), sender, hostCoins: record.hostCoins };
			});
			return { items: views, nextCursor };
		},

		async total(ctx) {
			const sessionId = await this.sessionOf(ctx.params);
			if (sessionId === undefined) return { sessionId: null, records: 0, coins: 0, hostCoins: 0 };
			const sums = await sumSession(this.sql, { sessionId, roomId: ctx.params.id });
			return { sessionId, ...sums };
		},

		async catalogue() {
			return { items: (await findCatalogue(this.sql)).map(managedView) };
		},

		async create(ctx) {
			const { countMax = limits.giftCountMax, ...words } = ctx.params;
			const all = await findCatalogue(this.sql);
			if (all.length >= limits.giftsInCatalogueMax) throw giftErrors.TOO_MANY_GIFTS();
			const { ids } = await ctx.call("ids.take", { name: "gifts" });
			const id = ids[0] as string;
			await this.sql.transaction(async (tx) => {
				await insertGift(tx, { id, ...words, countMax, updatedAt: new Date() });
				await this.cache.invalidate(tx, cacheName, [wholeCatalogue, id]);
			});
			return this.managed(id);
		},

		update(ctx) {
			const { id, retired, ...words } = ctx.params;
			const retiredAt = retired ? new Date() : null;
			return this.change(id, { ...words, ...(retired === undefined ? {} : { retiredAt }) });
		},

		retire(ctx) {
			return this.change(ctx.params.id, { retiredAt: new Date() });
		}
	},
	events: {
		"rooms.changed"(ctx) {
			this.rooms.forget(ctx.params.roomId);
		}
	},
	created() {
		const ttlMs = limits.giftCatalogueCacheMilliseconds;
		this.catalogue = this.cache.namespace(cacheName, { ttlMs, nullTtlMs: ttlMs });
		this.rooms = new Recent((id) => this.readRoom(id), {
			keptMs: limits.giftRoomMillisecondsMax,
			entriesMax: limits.giftRoomsMax
		});
		this.sending = giftSending({
			db: this.sql,
			onCommit: watchCommits(this.broker, "gifts"),
			takeIds: async (count) =>
				(await typed(this.broker).call("ids.take", { name: "giftRecords", count })).ids
		});
	},
	async stopped() {
		await this.sending.stop();
	}
});
