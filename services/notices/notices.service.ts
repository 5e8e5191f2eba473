import { limits } from "../../config/limits.ts";
import type { Ctx, ParamsOf } from "../../lib/context.ts";
import type { ClusterChannels } from "../../lib/contract.ts";
import { isError } from "../../lib/errors.ts";
import { type ChannelContext, service } from "../../lib/service.ts";
import { sql } from "../../mixins/sql/index.ts";
import { once, publish } from "../outbox/outbox.tx.ts";
import { notices } from "./notices.contract.ts";

type Kind = ParamsOf<"im-router.publish">["kind"];
type Body = ParamsOf<"im-router.publish">["body"];

type OrderFact = ClusterChannels[`orders.${"placed" | "paid" | "shipped" | "received" | "closed"}`];

/** In parts of at most `size`. */
const parts = <T>(items: readonly T[], size: number): T[][] =>
	Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
		items.slice(index * size, (index + 1) * size)
	);

/**
 * Every handler may run again after it has done its work: messages of the platform carry the id of
 * what caused them, and the router counts it once. What fails is tried again by the channel.
 */
export default service(notices, {
	mixins: [sql()],
	methods: {
		/** To all who are in the room. */
		async toRoom(ctx: ChannelContext<{ roomId: string }>, body: Body) {
			const messageId = ctx.headers["message-id"];
			const { roomId } = ctx.params;
			const message = { roomId, messageId, kind: "room", class: "reliable", body } as const;
			await ctx.call("im-router.publish", message);
		},

		/** What is sold in the room is different now: whoever comes later reads it from there. */
		async toViewers(ctx: ChannelContext<{ roomId: string }>, body: Body) {
			const messageId = ctx.headers["message-id"];
			const { roomId } = ctx.params;
			const message = { roomId, messageId, kind: "product", class: "reliable", body } as const;
			await ctx.call("im-router.publish", message);
		},

		/** To one user, kept until a device of theirs has it. */
		async toUser(
			ctx: ChannelContext<unknown>,
			userId: string,
			{ kind, body }: { kind: Kind; body: Body }
		) {
			const messageId = ctx.headers["message-id"];
			await ctx.call("im-router.notify", { userIds: [userId], messageId, kind, body });
		},

		async toBuyer(ctx: ChannelContext<OrderFact>, type: string) {
			const body = { type, ...ctx.params };
			await this.toUser(ctx, ctx.params.buyerId, { kind: "order", body });
		},

		/** A message of its own: one id for both would count once. */
		async toSeller(ctx: ChannelContext<OrderFact>, type: string) {
			const { sellerId } = ctx.params;
			await ctx.call("im-router.notify", {
				...{ userIds: [sellerId], messageId: `${ctx.headers["message-id"]}-s`, kind: "order" },
				body: { type, ...ctx.params }
			});
		},

		/** What a follower is told; undefined when there is nothing to see any more. */
		async invitation(ctx: Ctx, roomId: string): Promise<Body | undefined> {
			try {
				const { status, host, title } = await ctx.call("rooms.get", { id: roomId });
				if (status !== "live" && status !== "paused") return undefined;
				return { type: "went-live", roomId, host, title };
			} catch (error) {
				if (isError(error, "NOT_FOUND")) return undefined;
				throw error;
			}
		},

		/** Publishes the next page once, however often this message is handled. */
		async followers(
			ctx: ChannelContext<unknown>,
			due: { roomId: string; sessionId: string; hostId: string; after: string | null }
		) {
			await this.sql.transaction(async (tx) => {
				if (!(await once(tx, "notices", ctx.headers["message-id"]))) return;
				await publish(tx, "notices.followersDue", due);
			});
		}
	},
	actions: {},
	channels: {
		async "rooms.wentLive"(ctx) {
			const { roomId, sessionId, hostId, at } = ctx.params;
			await this.toRoom(ctx, { type: "live", at });
			await this.followers(ctx, { roomId, sessionId, hostId, after: null });
		},

		async "rooms.paused"(ctx) {
			await this.toRoom(ctx, { type: "paused", at: ctx.params.at });
		},

		async "rooms.resumed"(ctx) {
			await this.toRoom(ctx, { type: "resumed", at: ctx.params.at });
		},

		async "rooms.ended"(ctx) {
			const { reason, at } = ctx.params;
			await this.toRoom(ctx, { type: "ended", reason, at });
		},

		async "notices.followersDue"(ctx) {
			const { roomId, sessionId, hostId, after } = ctx.params;
			const body = await this.invitation(ctx, roomId);
			if (!body) return;
			const page = { hostId, after, limit: limits.followersPerPageMax };
			const { userIds, next } = await ctx.call("follows.followersOf", page);
			// Whoever is in the room gets the room's message too: another id, or one would be dropped.
			const hint = { messageId: `went-live-${sessionId}`, kind: "system", body } as const;
			await Promise.all(
				parts(userIds, limits.idsPerRequestMax).map((part) =>
					ctx.call("im-router.hint", { userIds: part, ...hint })
				)
			);
			if (next !== null) await this.followers(ctx, { roomId, sessionId, hostId, after: next });
		},

		async "gifts.sent"(ctx) {
			const { roomId, sender, ...body } = ctx.params;
			await ctx.call("im-router.publish", {
				...{ roomId, from: sender, body, kind: "gift", class: "reliable" },
				messageId: ctx.headers["message-id"]
			});
		},

		async "gifts.failed"(ctx) {
			const { senderId, ...body } = ctx.params;
			await this.toUser(ctx, senderId, { kind: "gift-failed", body });
		},

		async "room-products.pinned"(ctx) {
			const { type, good, version, at } = ctx.params;
			await this.toViewers(ctx, { type, ...good, version, at });
		},

		async "room-products.changed"(ctx) {
			const { good, version, at } = ctx.params;
			await this.toViewers(ctx, { type: "changed", ...good, version, at });
		},

		/** Beginnings and ends stay in the room's log; of numbers in between the next one counts. */
		async "flash-sales.changed"(ctx) {
			const { roomId, ...body } = ctx.params;
			const { status, sold, left } = body;
			const isPassing = status === "open" && sold > 0 && left > 0;
			await ctx.call("im-router.publish", {
				...{ roomId, messageId: ctx.headers["message-id"], kind: "flash-sale", body },
				class: isPassing ? "ephemeral" : "reliable"
			});
		},

		async "payments.recharged"(ctx) {
			const { userId, ...body } = ctx.params;
			await this.toUser(ctx, userId, { kind: "system", body: { type: "recharged", ...body } });
		},

		async "orders.placed"(ctx) {
			await this.toBuyer(ctx, "placed");
		},

		async "orders.paid"(ctx) {
			await this.toBuyer(ctx, "paid");
			await this.toSeller(ctx, "sold");
		},

		async "orders.shipped"(ctx) {
			await this.toBuyer(ctx, "shipped");
		},

		async "orders.received"(ctx) {
			await this.toSeller(ctx, "sale-received");
		},

		async "orders.closed"(ctx) {
			await this.toBuyer(ctx, "closed");
		},

		async "orders.refunded"(ctx) {
			await this.toBuyer(ctx, "refunded");
			await this.toSeller(ctx, "sale-refunded");
		}
	}
});
