import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import type { Ctx } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { lease } from "../../mixins/lease/index.ts";
import { redis } from "../../mixins/redis.ts";
import { runtimeSettings } from "../../mixins/runtime-settings/index.ts";
import { sql } from "../../mixins/sql/index.ts";
import { hearAudience } from "./rooms.audience.ts";
import { rooms, viewerKey } from "./rooms.contract.ts";
import { roomErrors } from "./rooms.errors.ts";
import { StreamKeys } from "./rooms.keys.ts";
import { announce, applyEvent, endSessionOf } from "./rooms.lifecycle.ts";
import { type LikeStore, memoryLikeStore, redisLikeStore } from "./rooms.likes.ts";
import {
	countRoomsOf,
	findInfo,
	findOnAirByHosts,
	findRoom,
	findRooms,
	insertRoom,
	listRooms,
	updateRoom
} from "./rooms.model.ts";
import { authorize, gone, heard, rotateKey } from "./rooms.publishing.ts";
import type { Room } from "./rooms.row.ts";
import { heatOf, isOnAir, isOpen, type RoomEvent, type Status } from "./rooms.rules.ts";
import { findLiveRoomOf, isHostLive, listSessions } from "./rooms.sessions.model.ts";
import { RoomStates } from "./rooms.states.ts";
import { Sweeper } from "./rooms.sweep.ts";
import { publishUrl, viewsOf } from "./rooms.view.ts";
import { memoryViewerStore, redisViewerStore, type ViewerStore } from "./rooms.viewers.ts";
import { startTimeOf, titleOf } from "./rooms.words.ts";

/** A time (or heat, for rooms) and the id: what cursors of this service hold. */
const timeKey = ["number", "string"] as const;

export default service(rooms, {
	mixins: [lease(), sql(), redis(), runtimeSettings()],
	dependencies: ["ids", "users"],
	/** Made in `created` and `started`, when the broker and its environment are there. */
	state: () =>
		({}) as {
			keys: StreamKeys;
			viewers: ViewerStore;
			likes: LikeStore;
			states: RoomStates;
			sweeper: Sweeper | undefined;
		},
	methods: {
		async roomOf(id: string): Promise<Room> {
			const room = await findRoom(this.sql, id);
			if (!room) throw commonErrors.NOT_FOUND();
			return room;
		},

		/** For the `owner` rule. */
		async findOwned({ id }: { id: string }) {
			const room = await findRoom(this.sql, id);
			return room && { userId: room.hostId };
		},

		async view(ctx: Ctx, room: Room) {
			const [view] = await viewsOf(ctx, [room]);
			if (!view) throw commonErrors.NOT_FOUND();
			return view;
		},

		/** What an event makes of a room that is known to exist. */
		async apply(id: string, event: RoomEvent) {
			const done = await this.sql.transaction((tx) => applyEvent(tx, id, event));
			if (!done) throw commonErrors.NOT_FOUND();
			this.states.forget(id);
			return done;
		},

		/** How many watch now, told by one who does; without the store, as last counted. */
		async countViewer(room: Room, viewer: string): Promise<number> {
			if (room.status === "ended") return 0;
			try {
				return await this.viewers.touch(room.id, [viewer]);
			} catch {
				return room.viewers;
			}
		}
	},
	actions: {
		async list(ctx) {
			const { status, category, hostId, sort = "heat", cursor } = ctx.params;
			const limit = ctx.params.limit ?? limits.pageItemsDefault;
			const after = cursor === undefined ? undefined : decodeCursor(cursor, timeKey);
			const statuses = [...new Set(status?.split(","))] as Status[];
			// A host looks at what they made a moment ago; everybody else may see it a little later.
			const db = hostId === undefined ? this.sql.replica : this.sql;
			const query = { statuses, category, hostId, after, sort, limit: limit + 1 };
			const found = await listRooms(db, query);
			const { items, nextCursor } = pageOf(found, limit, (room) => [
				sort === "heat" ? room.heat : room.createdAt.getTime(),
				room.id
			]);
			return { items: await viewsOf(ctx, items), nextCursor };
		},

		async create(ctx) {
			const hostId = ctx.meta.user.id;
			const { coverUrl = null, category = "other" } = ctx.params;
			const title = titleOf(ctx.params.title);
			const startsAt = startTimeOf(ctx.params.startsAt ?? null);
			const max = limits.roomsPerHostMax;
			if ((await countRoomsOf(this.sql, hostId, max)) >= max) throw roomErrors.TOO_MANY_ROOMS();
			const { ids } = await ctx.call("ids.take", { name: "rooms" });
			const [id, at] = [ids[0] as string, new Date()];
			const heat = heatOf(0, at);
			await insertRoom(this.sql, { id, hostId, title, coverUrl, category, startsAt, heat, at });
			return this.view(ctx, await this.roomOf(id));
		},

		async get(ctx) {
			return this.view(ctx, await this.roomOf(ctx.params.id));
		},

		async update(ctx) {
			const { id, title, startsAt, ...rest } = ctx.params;
			const words = {
				...rest,
				...(title === undefined ? {} : { title: titleOf(title) }),
				...(startsAt === undefined ? {} : { startsAt: startTimeOf(startsAt) })
			};
			await this.sql.transaction(async (tx) => {
				await updateRoom(tx, id, words);
				announce(tx, id);
			});
			return this.view(ctx, await this.roomOf(id));
		},

		async start(ctx) {
			const { ids } = await ctx.call("ids.take", { name: "liveSessions" });
			const event = { type: "start", sessionId: ids[0] as string, at: new Date() } as const;
			try {
				return this.view(ctx, (await this.apply(ctx.params.id, event)).room);
			} catch (error) {
				if (!isHostLive(error)) throw error;
				const roomId = await findLiveRoomOf(this.sql, ctx.meta.user.id);
				throw roomErrors.HOST_ALREADY_LIVE({ roomId });
			}
		},

		async pause(ctx) {
			const { room } = await this.apply(ctx.params.id, { type: "pause", at: new Date() });
			if (!isOpen(room)) throw roomErrors.ROOM_NOT_LIVE();
			return this.view(ctx, room);
		},

		async end(ctx) {
			const event = { type: "end", reason: "host", at: new Date() } as const;
			return this.view(ctx, (await this.apply(ctx.params.id, event)).room);
		},

		async cut(ctx) {
			const event = { type: "end", reason: "operator", at: new Date() } as const;
			return { changed: (await this.apply(ctx.params.id, event)).changed };
		},

		async streamKey(ctx) {
			const roomId = ctx.params.id;
			const key = await rotateKey(this.sql, this.keys, { roomId, now: new Date() });
			this.states.forget(roomId);
			return { url: publishUrl(envOf(this.broker)), key };
		},

		async playback(ctx) {
			const room = await this.roomOf(ctx.params.id);
			if (!isOnAir(room)) return { sources: [] };
			const { items } = await ctx.call("media.sources", { roomId: room.id });
			return { sources: items };
		},

		async sessions(ctx) {
			const { id: roomId, cursor, limit = limits.pageItemsDefault } = ctx.params;
			await this.roomOf(roomId);
			const before = cursor === undefined ? undefined : decodeCursor(cursor, timeKey);
			const found = await listSessions(this.sql, { roomId, before, limit: limit + 1 });
			const { items, nextCursor } = pageOf(found, limit, (session) => [
				session.startedAt.getTime(),
				session.id
			]);
			return {
				items: items.map((session) => ({
					...session,
					startedAt: session.startedAt.toISOString(),
					endedAt: session.endedAt?.toISOString() ?? null
				})),
				nextCursor
			};
		},

		async view(ctx) {
			const room = await this.states.get(ctx.params.id);
			if (!room) throw commonErrors.NOT_FOUND();
			const viewer = viewerKey(ctx.meta.user?.id, ctx.params.viewerId);
			const viewers = await this.countViewer(room, viewer);
			const peakViewers = Math.max(room.peakViewers, viewers);
			const { status, generation } = room;
			return { status, onAir: isOnAir(room), viewers, peakViewers, generation };
		},

		async audience(ctx) {
			const { items } = ctx.params;
			const states = await this.states.getMany(items.map(({ roomId }) => roomId));
			const counters = { viewers: this.viewers, likes: this.likes, rooms: states };
			return { items: await hearAudience(items, counters) };
		},

		async signal(ctx) {
			const room = await this.roomOf(ctx.params.id);
			const info = await findInfo(this.sql, room.id);
			return {
				onAir: isOnAir(room),
				at: room.heardAt?.toISOString() ?? null,
				info: info === null ? null : JSON.parse(info)
			};
		},

		async liveByHosts(ctx) {
			return { items: await viewsOf(ctx, await findOnAirByHosts(this.sql, ctx.params.hostIds)) };
		},

		async authorizePublish(ctx) {
			const now = new Date();
			const key = this.keys.check(ctx.params.key, now);
			const room = key && (await findRoom(this.sql, key.roomId));
			if (!key || !room) throw roomErrors.KEY_NOT_VALID();
			const { user, banned } = await ctx.call("users.account", { id: room.hostId });
			if (banned || !user.tags.includes("host")) throw roomErrors.HOST_BANNED();
			const admitted = await authorize(this.sql, key, now);
			this.logger.info(`Room ${room.id} is published to from ${ctx.params.address}.`);
			return admitted;
		},

		async streamStarted(ctx) {
			const { nodeId, ...told } = ctx.params;
			const current = await heard(this.sql, { ...told, at: new Date() });
			if (current) this.logger.info(`The stream of room ${told.roomId} is on ${nodeId}.`);
			return { current };
		},

		async streamHealth(ctx) {
			return { current: await heard(this.sql, { ...ctx.params, at: new Date() }) };
		},

		async streamStopped(ctx) {
			const { roomId, generation, reason } = ctx.params;
			const current = await gone(this.sql, { roomId, generation, at: new Date() });
			if (current) this.logger.info(`The stream of room ${roomId} stopped: ${reason}.`);
			return { current };
		}
	},
	events: {
		"rooms.changed"(ctx) {
			this.states.forget(ctx.params.roomId);
		}
	},
	channels: {
		async "users.banned"(ctx) {
			await this.sql.transaction((tx) => endSessionOf(tx, "banned", ctx));
		},

		/** Who is no host any more may not stay on air. */
		async "tags.changed"(ctx) {
			const { tag, set } = ctx.params;
			if (tag !== "host" || set) return;
			await this.sql.transaction((tx) => endSessionOf(tx, "operator", ctx));
		}
	},
	created() {
		this.keys = new StreamKeys(envOf(this.broker).secrets.master);
		this.viewers = this.redis ? redisViewerStore(this.redis) : memoryViewerStore();
		this.likes = this.redis ? redisLikeStore(this.redis) : memoryLikeStore();
		this.states = new RoomStates((ids) => findRooms(this.sql, ids));
	},
	async started() {
		const held = await this.lease.hold("rooms.sweep", { ttlMs: limits.roomLeaseMilliseconds });
		this.sweeper = new Sweeper({
			db: this.sql,
			viewers: this.viewers,
			likes: this.likes,
			held,
			graceSeconds: () => this.runtimeSettings.get("rooms.graceSeconds"),
			logger: this.logger
		});
		this.sweeper.start();
	},
	async stopped() {
		await this.sweeper?.stop();
	}
});
