/** Gifts on a broker of their own, with the real ledger and neighbours of three lines. */
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { Call } from "../../lib/context.ts";
import { openSql, type Sql } from "../../mixins/sql/index.ts";
import giftsService from "../../services/gifts/gifts.service.ts";
import idsService from "../../services/ids/ids.service.ts";
import outboxService from "../../services/outbox/outbox.service.ts";
import { coinCurrency, postTransfers } from "../../services/wallets/wallets.tx.ts";
import type { Opened } from "./backends.ts";
import { startBroker } from "./broker.ts";
import { fakeTags } from "./fake-tags.ts";

/** Of all rooms. */
export const giftHost = "900";
export const asOperator = { meta: { user: { id: "9", sessionId: "1" } } };
export const asSender = (id: string, key?: string, timeout?: number) => ({
	meta: { user: { id, sessionId: "1" } },
	...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
	...(timeout === undefined ? {} : { timeout })
});

const internal = (handler: (params: never) => unknown) => ({
	auth: "internal",
	handler: (ctx: { params: unknown }) => handler(ctx.params as never)
});

/** Rooms by id, each with one session; what is written here is what services find. */
export type FakeRooms = Map<string, { status: string; sessionId: string | null }>;

const fakeRooms = (rooms: FakeRooms) =>
	({
		name: "rooms",
		actions: {
			get: internal(({ id }: { id: string }) => {
				const room = rooms.get(id);
				if (!room) throw Object.assign(new Error("none"), { type: "NOT_FOUND", code: 404 });
				return { id, host: { id: giftHost }, status: room.status };
			}),
			sessions: internal(({ id }: { id: string }) => {
				const room = rooms.get(id);
				if (!room) throw Object.assign(new Error("none"), { type: "NOT_FOUND", code: 404 });
				const { sessionId } = room;
				return { items: sessionId ? [{ id: sessionId, endedAt: null }] : [], nextCursor: null };
			})
		}
	}) as unknown as ServiceSchema;

const fakeUsers = {
	name: "users",
	actions: {
		getMany: internal(({ ids }: { ids: string[] }) => ({
			items: ids.map((id) => ({ id, nickname: `Name ${id}`, avatarUrl: null, level: 3 }))
		}))
	}
} as unknown as ServiceSchema;

const fakeAdmin = (settings: object) =>
	({
		name: "admin",
		actions: {
			record: internal(() => ({ id: "1" })),
			settings: internal(() => ({ revision: 1, values: settings }))
		}
	}) as unknown as ServiceSchema;

export interface GiftFactHeard {
	readonly channel: string;
	readonly payload: Record<string, unknown>;
}

function listener(heard: GiftFactHeard[]): ServiceSchema {
	const on = (channel: string) => ({
		group: "listener",
		context: true,
		async handler(ctx: { params: Record<string, unknown> }) {
			heard.push({ channel, payload: ctx.params });
		}
	});
	const channels = { "gifts.sent": on("gifts.sent"), "gifts.failed": on("gifts.failed") };
	return { name: "listener", channels } as unknown as ServiceSchema;
}

/** Hosts get 30 %. */
export async function startGifts({ env }: Opened, more: readonly ServiceSchema[] = []) {
	const heard: GiftFactHeard[] = [];
	const rooms: FakeRooms = new Map();
	const broker = await startBroker({
		env,
		migrate: true,
		options: { dependencyInterval: 20 },
		services: [
			...[idsService, outboxService, giftsService, fakeRooms(rooms), fakeUsers],
			...[fakeTags({ "9": ["operator"] }), listener(heard)],
			...[fakeAdmin({ "gifts.hostSharePercent": 30 }), ...more]
		]
	});
	return { ...stageOf(broker, openSql(env), rooms), heard };
}

function stageOf(broker: ServiceBroker, db: Sql, rooms: FakeRooms) {
	const call = broker.call.bind(broker) as Call;
	let number = 100;
	return {
		...{ broker, call, db, rooms },
		/** A live room of its own for a test. */
		live(status = "live"): string {
			const id = String(++number);
			rooms.set(id, { status, sessionId: String(number + 5_000) });
			return id;
		},
		/** A new user with so many coins. */
		async payer(coins: number): Promise<string> {
			const userId = String(++number);
			await db.transaction((tx) =>
				postTransfers(tx, [
					{
						...{ intent: `test:${userId}`, kind: "recharge", reference: userId },
						legs: [
							{ account: { system: "world", currency: coinCurrency }, amount: -coins },
							{ account: { userId, kind: "coins" }, amount: coins }
						]
					}
				])
			);
			return userId;
		},
		/** Gives one rose unless told. */
		send: (
			who: string,
			params: { id: string; giftId?: string; count?: number },
			key: string = crypto.randomUUID()
		) => call("gifts.send", { giftId: "2", count: 1, ...params }, asSender(who, key)),
		async stop() {
			await broker.stop();
			await db.close();
		}
	};
}

export type GiftStage = Awaited<ReturnType<typeof startGifts>>;
