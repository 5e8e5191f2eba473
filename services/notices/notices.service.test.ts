import type { ServiceBroker, ServiceSchema } from "moleculer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ParamsOf } from "../../lib/context.ts";
import type { ChannelName, ClusterChannels } from "../../lib/contract.ts";
import { commonErrors } from "../../lib/errors.ts";
import { send } from "../../mixins/channels/index.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { startBroker } from "../../test/harness/broker.ts";
import { until } from "../../test/harness/until.ts";
import outboxService from "../outbox/outbox.service.ts";
import { publish } from "../outbox/outbox.tx.ts";
import noticesService from "./notices.service.ts";

const at = "2026-11-21T09:00:00.000Z";
const session = { roomId: "101", sessionId: "7", hostId: "1", at };
const host = { id: "1", nickname: "Lily", avatarUrl: null };

type Publish = ParamsOf<"im-router.publish">;
type Notify = ParamsOf<"im-router.notify">;
type Hint = ParamsOf<"im-router.hint">;

/** A router that notes what it is told, and is away when it is told so. */
class Router {
	published: Publish[] = [];
	notified: Notify[] = [];
	hinted: Hint[] = [];
	/** How many calls fail, behind those that are heard first. */
	failures = 0;
	heardFirst = 0;
	failed = 0;

	#hear<T>(list: () => T[]) {
		return ({ params }: { params: T }) => {
			if (this.heardFirst > 0) {
				this.heardFirst -= 1;
			} else if (this.failures > 0) {
				this.failures -= 1;
				this.failed += 1;
				throw commonErrors.UNAVAILABLE();
			}
			list().push(params);
			return {};
		};
	}

	readonly schema = {
		name: "im-router",
		actions: {
			publish: { auth: "internal", handler: this.#hear(() => this.published) },
			notify: { auth: "internal", handler: this.#hear(() => this.notified) },
			hint: { auth: "internal", handler: this.#hear(() => this.hinted) }
		}
	} as unknown as ServiceSchema;

	clear(): void {
		[this.published, this.notified, this.hinted] = [[], [], []];
		[this.failures, this.heardFirst, this.failed] = [0, 0, 0];
	}
}

/** Room 101 with 2,345 followers of its host; `status` may be changed while it runs. */
const fans = Array.from({ length: 2_345 }, (_, index) => String(1_000 + index));
const neighbours = (room: { status: string }): ServiceSchema[] =>
	[
		{
			name: "rooms",
			actions: {
				get: {
					auth: "internal",
					handler({ params: { id } }: { params: { id: string } }) {
						if (id !== "101") throw commonErrors.NOT_FOUND();
						return { id, host, title: "Tea", ...room };
					}
				}
			}
		},
		{
			name: "follows",
			actions: {
				followersOf: {
					auth: "internal",
					handler({ params }: { params: ParamsOf<"follows.followersOf"> }) {
						const { after, limit } = params;
						const left = fans.filter((id) => after === null || Number(id) > Number(after));
						const userIds = left.slice(0, limit);
						return { userIds, next: left.length > limit ? userIds.at(-1) : null };
					}
				}
			}
		},
		{
			name: "admin",
			actions: { record: { auth: "internal", handler: () => ({ id: "1" }) } }
		}
	] as unknown as ServiceSchema[];

for (const backend of sqlBackends) {
	describe.skipIf(!backend.available)(`notices on ${backend.name}`, () => {
		const router = new Router();
		const room = { status: "live" };
		let opened: Opened;
		let broker: ServiceBroker;
		let db: Sql;

		beforeAll(async () => {
			opened = await backend.open();
			broker = await startBroker({
				env: opened.env,
				migrate: true,
				options: { dependencyInterval: 20 },
				services: [outboxService, noticesService, router.schema, ...neighbours(room)]
			});
			db = openSql(opened.env, broker);
		});
		afterAll(async () => {
			await broker.stop();
			await db.close();
			await opened.close();
		});
		beforeEach(() => {
			router.clear();
			room.status = "live";
		});

		const say = <N extends ChannelName>(channel: N, payload: ClusterChannels[N]) =>
			db.transaction((tx) => publish(tx, channel, payload));
		const invited = () => [...new Set(router.hinted.flatMap(({ userIds }) => userIds))];

		it("tells the room what becomes of it, by the id of the fact", async () => {
			const ids = [
				await say("rooms.paused", session),
				await say("rooms.resumed", session),
				await say("rooms.ended", { ...session, reason: "operator", generation: 2 })
			];
			await until(() => router.published.length === 3);
			const common = { roomId: "101", kind: "room", class: "reliable" };
			const bodies = new Map(router.published.map((one) => [one.messageId, one]));
			expect(ids.map((id) => bodies.get(id))).toEqual([
				{ ...common, messageId: ids[0], body: { type: "paused", at } },
				{ ...common, messageId: ids[1], body: { type: "resumed", at } },
				{ ...common, messageId: ids[2], body: { type: "ended", reason: "operator", at } }
			]);
			expect([router.hinted, router.notified]).toEqual([[], []]);
		});

		it("tells the room and all followers, page by page, that a host is live", async () => {
			const id = await say("rooms.wentLive", session);
			await until(() => invited().length === fans.length);
			expect(invited().sort()).toEqual(fans);
			expect(router.published).toEqual([
				{
					...{ roomId: "101", kind: "room", class: "reliable", messageId: id },
					body: { type: "live", at }
				}
			]);
			expect(router.hinted.length).toBe(24);
			const { userIds: _, ...hint } = router.hinted[0] as Hint;
			expect(hint).toEqual({
				...{ messageId: "went-live-7", kind: "system" },
				body: { type: "went-live", roomId: "101", host, title: "Tea" }
			});
			expect(hint.messageId).not.toBe(id);
		});

		it("tries again while the router is away, under the same ids", async () => {
			router.failures = 3;
			const id = await say("rooms.paused", session);
			await until(() => router.failed === 3);
			await until(() => router.published.length === 1);
			expect(router.published[0]?.messageId).toBe(id);

			router.clear();
			// Away in the midst of the followers too: nobody is left out, all ids stay the same.
			[router.heardFirst, router.failures] = [15, 4];
			await say("rooms.wentLive", session);
			await until(() => router.failed === 4 && invited().length === fans.length);
			expect(new Set(router.hinted.map(({ messageId }) => messageId)).size).toBe(1);
		});

		it("invites nobody to a room that ended, or is gone, meanwhile", async () => {
			room.status = "ended";
			await say("rooms.wentLive", session);
			await say("rooms.wentLive", { ...session, roomId: "102" });
			await until(() => router.published.length === 2);
			// The pages of these two stand before the page of the third.
			const page = { roomId: "101", sessionId: "8", hostId: "1", after: "3344" };
			await until(async () => (await db.query("SELECT id FROM outbox_messages")).length === 0);
			expect(router.hinted).toEqual([]);
			room.status = "live";
			await say("notices.followersDue", { ...page, after: "3343" });
			await until(() => router.hinted.length === 1);
			expect(router.hinted).toMatchObject([{ messageId: "went-live-8", userIds: ["3344"] }]);
		});

		it("goes through the followers once, however often the fact comes", async () => {
			const id = await say("rooms.wentLive", session);
			await until(() => invited().length === fans.length);
			const hints = router.hinted.length;
			// As a dead letter that is sent again.
			const payload = JSON.stringify(session);
			const message = { id: `${id}-again`, messageId: id, channel: "rooms.wentLive", payload };
			await send(broker, { ...message, consumer: null, requestId: null });
			await until(() => router.published.length === 2);
			expect(router.published.map(({ messageId }) => messageId)).toEqual([id, id]);
			await until(async () => (await db.query("SELECT id FROM outbox_messages")).length === 0);
			expect(router.hinted.length).toBe(hints);
		});

		it("shows a gift to the room, and its failure and bought coins to their user", async () => {
			const sender = { id: "20", nickname: "Tom", level: 3 };
			const gift = { id: "1", name: "Rose", effect: "petals", icon: "🌹" };
			const sent = {
				...{ giftRecordId: "5", roomId: "101", sessionId: "7", hostId: "1", sender, count: 2 },
				...{ gift, coins: 20, combo: 2, at }
			} satisfies ClusterChannels["gifts.sent"];
			const failed = {
				...{ roomId: "101", senderId: "20", giftId: "1", count: 2, key: "k", at },
				reason: "INSUFFICIENT_BALANCE" as const
			};
			const giftMessage = await say("gifts.sent", sent);
			const failure = await say("gifts.failed", failed);
			const receipt = await say("payments.recharged", {
				...{ rechargeId: "9", userId: "20", coins: 100, at }
			});
			await until(() => router.published.length === 1 && router.notified.length === 2);
			const { roomId, sender: from, ...body } = sent;
			expect(router.published).toEqual([
				{ roomId, from, body, kind: "gift", class: "reliable", messageId: giftMessage }
			]);
			const notified = new Map(router.notified.map((one) => [one.messageId, one]));
			const { senderId: _, ...why } = failed;
			const toSender = { userIds: ["20"] };
			expect(notified.get(failure)).toEqual({
				...{ ...toSender, messageId: failure, kind: "gift-failed", body: why }
			});
			expect(notified.get(receipt)).toEqual({
				...{ ...toSender, messageId: receipt, kind: "system" },
				body: { type: "recharged", rechargeId: "9", coins: 100, at }
			});
		});

		it("tells the buyer how an order goes, and the seller of a sale", async () => {
			const fact = {
				...{ orderId: "10000007", checkoutId: "1001", buyerId: "20", sellerId: "1" },
				...{ total: { amount: 1_200, currency: "USD" }, totalCoins: 1_200 },
				...{ source: "shop", sourceId: null, at }
			};
			const placed = await say("orders.placed", { ...fact, expiresAt: at });
			const paid = await say("orders.paid", { ...fact, paidBy: "coins" });
			const shipment = { carrier: "Korea Post", trackingNumber: null };
			const shipped = await say("orders.shipped", { ...fact, ...shipment });
			const came = { paidBy: "coins", reason: "timeout" } as const;
			const received = await say("orders.received", { ...fact, ...came });
			const closed = await say("orders.closed", { ...fact, reason: "timeout" });
			const refunded = await say("orders.refunded", { ...fact, paidBy: "coins" });
			await until(() => router.notified.length === 8);
			const told = router.notified.map(({ userIds, messageId, kind, body }) => {
				expect(body).toMatchObject({ orderId: "10000007", total: fact.total });
				return [kind, userIds.join(), messageId, body.type].join(" ");
			});
			expect(told.sort()).toEqual(
				[
					`order 20 ${placed} placed`,
					`order 20 ${paid} paid`,
					`order 1 ${paid}-s sold`,
					`order 20 ${shipped} shipped`,
					`order 1 ${received}-s sale-received`,
					`order 20 ${closed} closed`,
					`order 20 ${refunded} refunded`,
					`order 1 ${refunded}-s sale-refunded`
				].sort()
			);
		});

		it("shows viewers the good that is explained, and that goods changed", async () => {
			const good = {
				...{ skuId: "7", productId: "3", title: "Oolong", pictureUrl: "/files/1001" },
				price: { amount: 1_200, currency: "USD" }
			};
			const fact = { roomId: "101", good, version: 4, at };
			const pinned = await say("room-products.pinned", { ...fact, type: "pinned" });
			const changed = await say("room-products.changed", fact);
			const sorted = await say("room-products.changed", { ...fact, good: null, version: 5 });
			await until(() => router.published.length === 3);
			const told = new Map(router.published.map((one) => [one.messageId, one]));
			const message = { roomId: "101", kind: "product", class: "reliable" };
			expect([pinned, changed, sorted].map((id) => told.get(id))).toEqual([
				{ ...message, messageId: pinned, body: { type: "pinned", ...good, version: 4, at } },
				{ ...message, messageId: changed, body: { type: "changed", ...good, version: 4, at } },
				{ ...message, messageId: sorted, body: { type: "changed", version: 5, at } }
			]);
		});
	});
}
