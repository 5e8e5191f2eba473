/** Rooms on a broker of their own, with neighbours of three lines. Users 1 to 8 are hosts. */
import type { ServiceSchema } from "moleculer";
import type { Call } from "../../lib/context.ts";
import { openSql } from "../../mixins/sql/index.ts";
import followsService from "../../services/follows/follows.service.ts";
import idsService from "../../services/ids/ids.service.ts";
import outboxService from "../../services/outbox/outbox.service.ts";
import roomsService from "../../services/rooms/rooms.service.ts";
import type { Opened } from "./backends.ts";
import { startBroker } from "./broker.ts";
import { fakeTags } from "./fake-tags.ts";

export const as = (id: string) => ({ meta: { user: { id, sessionId: "1" } } });

export const hosts = ["1", "2", "3", "4", "5", "6", "7", "8"];

/** `banned` may be changed while it runs. Only users below 100 exist. */
const fakeUsers = (banned: ReadonlySet<string>) =>
	({
		name: "users",
		actions: {
			getMany: {
				auth: "internal",
				handler: ({ params }: { params: { ids: string[] } }) => ({
					items: params.ids
						.filter((id) => Number(id) < 100)
						.map((id) => ({ id, nickname: `Name ${id}`, avatarUrl: null }))
				})
			},
			account: {
				auth: "internal",
				handler: ({ params: { id } }: { params: { id: string } }) => ({
					user: { id, tags: hosts.includes(id) ? ["host"] : [] },
					banned: banned.has(id)
				})
			}
		}
	}) as unknown as ServiceSchema;

const fakeMedia = {
	name: "media",
	actions: {
		sources: {
			auth: "internal",
			handler: ({ params: { roomId } }: { params: { roomId: string } }) => ({
				items: [
					{
						type: "flv",
						url: `http://127.0.0.1:8000/live/${roomId}.flv`,
						expiresAt: new Date(Date.now() + 60_000).toISOString()
					}
				]
			})
		}
	}
} as unknown as ServiceSchema;

const fakeAdmin = (settings: Readonly<Record<string, unknown>>) =>
	({
		name: "admin",
		actions: {
			record: { auth: "internal", handler: () => ({ id: "1" }) },
			settings: { auth: "internal", handler: () => ({ revision: 1, values: settings }) }
		}
	}) as unknown as ServiceSchema;

const facts = ["wentLive", "paused", "resumed", "ended", "keyRotated"] as const;

export interface Fact {
	readonly name: (typeof facts)[number];
	readonly payload: Record<string, unknown>;
}

/** Hears what rooms tell, once each. */
function listener(heard: Fact[]): ServiceSchema {
	const seen = new Set<string>();
	const channels: Record<string, unknown> = {};
	for (const name of facts) {
		channels[`rooms.${name}`] = {
			group: "listener",
			context: true,
			async handler(ctx: { params: Record<string, unknown>; headers: { "message-id": string } }) {
				if (seen.has(ctx.headers["message-id"])) return;
				seen.add(ctx.headers["message-id"]);
				heard.push({ name, payload: ctx.params });
			}
		};
	}
	return { name: "listener", channels } as unknown as ServiceSchema;
}

export async function startRooms(
	{ env }: Opened,
	settings: Readonly<Record<string, unknown>> = {}
) {
	const banned = new Set<string>();
	const heard: Fact[] = [];
	const tags = Object.fromEntries([...hosts.map((id) => [id, ["host"]]), ["9", ["operator"]]]);
	const broker = await startBroker({
		env,
		migrate: true,
		options: { dependencyInterval: 20 },
		services: [
			...[idsService, outboxService, roomsService, followsService],
			...[fakeUsers(banned), fakeTags(tags), fakeAdmin(settings), fakeMedia, listener(heard)]
		]
	});
	const db = openSql(env);
	const call = broker.call.bind(broker) as Call;
	return {
		broker,
		call,
		db,
		banned,
		heard,
		/** A room of the host, and its stream key. */
		async room(hostId: string, title = "Tea") {
			const { id } = await call("rooms.create", { title }, as(hostId));
			const { key } = await call("rooms.streamKey", { id }, as(hostId));
			return { id, key };
		},
		/** Starts the room and lets an encoder in; no packets yet. */
		async publish({ id, key }: { id: string; key: string }, hostId: string) {
			await call("rooms.start", { id }, as(hostId));
			return call("rooms.authorizePublish", { key, address: "127.0.0.1" });
		},
		async stop() {
			await broker.stop();
			await db.close();
		}
	};
}

export type RoomStage = Awaited<ReturnType<typeof startRooms>>;
