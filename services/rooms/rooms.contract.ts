/**
 * Where a host sells: the room, its live sessions, the right to stream into it, who watches.
 *
 * A session is not the connection of an encoder. A dropped encoder pauses the room; its return
 * resumes it; only the host, an operator, a ban or a long absence ends the session. Each accepted
 * publish gets a `generation`, and what is told of an older one changes nothing.
 */
import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { Id, nullable, object, oneOf, page, pageParams, Time, Type } from "../../lib/schemas.ts";

import {
	Category,
	Count,
	CoverUrl,
	Current,
	EndReason,
	Generation,
	LastGeneration,
	OneRoom,
	Room,
	RoomStatus,
	Statuses,
	StreamInfo,
	Title,
	ViewerId,
	ViewerKey
} from "./rooms.schemas.ts";

export { Room, RoomHost, StreamInfo, viewerKey } from "./rooms.schemas.ts";

const ofSession = { roomId: Id, sessionId: Id, hostId: Id, at: Time };

/** What these actions share: only the host of the room, and 404 for everybody else. */
const owned = { params: OneRoom, owner: "findOwned" } as const;

export const rooms = contract("rooms", {
	actions: {
		list: {
			summary: "Rooms by status, category or host; `heat` first shows what is watched and new.",
			rest: "GET /rooms",
			auth: "public",
			params: object({
				status: Type.Optional(Statuses),
				category: Type.Optional(Category),
				hostId: Type.Optional(Id),
				sort: Type.Optional(oneOf("heat", "new")),
				...pageParams
			}),
			returns: page(Room),
			read: true
		},
		create: {
			summary: "Makes a room; with `startsAt` it is announced for that time.",
			rest: "POST /rooms",
			auth: "host",
			status: 201,
			params: object({
				title: Title,
				coverUrl: Type.Optional(nullable(CoverUrl)),
				category: Type.Optional(Category),
				startsAt: Type.Optional(nullable(Time))
			}),
			returns: Room,
			rateLimit: { count: limits.roomsPerHourMax, seconds: 3600, by: "user" },
			errors: ["TITLE_NOT_ALLOWED", "START_TIME_NOT_ALLOWED", "TOO_MANY_ROOMS"]
		},
		get: {
			summary: "One room.",
			rest: "GET /rooms/:id",
			auth: "public",
			params: OneRoom,
			returns: Room,
			errors: ["NOT_FOUND"],
			read: true
		},
		update: {
			summary: "Changes what a room shows, by its host.",
			rest: "PATCH /rooms/:id",
			auth: "user",
			owner: "findOwned",
			params: object(
				{
					id: Id,
					title: Type.Optional(Title),
					coverUrl: Type.Optional(nullable(CoverUrl)),
					category: Type.Optional(Category),
					startsAt: Type.Optional(nullable(Time))
				},
				{ minProperties: 2 }
			),
			returns: Room,
			errors: ["NOT_FOUND", "TITLE_NOT_ALLOWED", "START_TIME_NOT_ALLOWED"]
		},
		start: {
			summary: "Opens a live session, or resumes one that the host paused.",
			rest: "POST /rooms/:id/start",
			auth: "host",
			...owned,
			returns: Room,
			errors: ["NOT_FOUND", "HOST_ALREADY_LIVE"]
		},
		pause: {
			summary: "Shows viewers a slate until the host starts again.",
			rest: "POST /rooms/:id/pause",
			auth: "user",
			...owned,
			returns: Room,
			errors: ["NOT_FOUND", "ROOM_NOT_LIVE"]
		},
		end: {
			summary: "Ends the session, or calls a scheduled room off.",
			rest: "POST /rooms/:id/end",
			auth: "user",
			...owned,
			returns: Room,
			errors: ["NOT_FOUND"]
		},
		cut: {
			summary: "Ends the session of any room, by an operator.",
			rest: "POST /admin/rooms/:id/end",
			auth: "operator",
			params: object({
				id: Id,
				reason: Type.String({ minLength: 1, maxLength: limits.cutReasonCharactersMax })
			}),
			returns: object({ changed: Type.Boolean() }),
			errors: ["NOT_FOUND"]
		},
		streamKey: {
			summary: "A new publish address and key, shown this once; the key before it is dead.",
			rest: "POST /rooms/:id/stream-key",
			auth: "host",
			...owned,
			returns: object({
				url: Type.String({ examples: ["rtmp://127.0.0.1:1935/live"] }),
				key: Type.String()
			}),
			rateLimit: { count: limits.streamKeysPerHourMax, seconds: 3600, by: "user" },
			errors: ["NOT_FOUND"]
		},
		playback: {
			summary: "Where to play the room, best first; nothing while it is not on air.",
			rest: "GET /rooms/:id/playback",
			auth: "public",
			params: OneRoom,
			returns: object({
				sources: Type.Array(
					object({ type: oneOf("flv", "ws-flv", "hls"), url: Type.String(), expiresAt: Time })
				)
			}),
			errors: ["NOT_FOUND"],
			read: true
		},
		sessions: {
			summary: "The live sessions of a room, the last one first.",
			rest: "GET /rooms/:id/sessions",
			auth: "public",
			params: object({ id: Id, ...pageParams }),
			returns: page(
				object({
					id: Id,
					startedAt: Time,
					endedAt: nullable(Time),
					endReason: nullable(EndReason),
					peakViewers: Count
				})
			),
			errors: ["NOT_FOUND"],
			read: true
		},
		view: {
			summary: `A beat of a page that shows the room, every ${limits.viewBeatSeconds} s.`,
			rest: "POST /rooms/:id/views",
			auth: "public",
			params: object({
				id: Id,
				viewerId: ViewerId
			}),
			returns: object({
				status: RoomStatus,
				onAir: Type.Boolean(),
				viewers: Count,
				peakViewers: Count,
				generation: Type.Integer({ description: "Rises when another encoder took over" })
			}),
			rateLimit: { count: limits.viewsPerAddressMax, seconds: 10, by: "address" },
			errors: ["NOT_FOUND"]
		},
		audience: {
			summary: "Who watches by the sockets of an edge, every tick, and the likes since the last.",
			auth: "internal",
			params: object({
				items: Type.Array(
					object({
						roomId: Id,
						viewers: Type.Array(ViewerKey, { maxItems: limits.audienceViewersMax }),
						likes: Type.Integer({ minimum: 0, maximum: limits.likesPerAudienceMax })
					}),
					{
						maxItems: limits.audienceRoomsMax,
						description: `With at most ${limits.audienceViewersMax} viewers in all`
					}
				)
			}),
			returns: object({
				/** In the order told of, with the totals of all nodes. */
				items: Type.Array(object({ roomId: Id, viewers: Count, likes: Count }))
			}),
			errors: ["PAYLOAD_TOO_LARGE"]
		},
		signal: {
			summary: "What the media node last saw of the stream, for the host.",
			rest: "GET /rooms/:id/signal",
			auth: "user",
			...owned,
			returns: object({
				onAir: Type.Boolean(),
				at: nullable(Time),
				info: nullable(StreamInfo)
			}),
			errors: ["NOT_FOUND"]
		},
		liveByHosts: {
			summary: "The rooms of these hosts that are on air.",
			auth: "internal",
			params: object({ hostIds: Type.Array(Id, { maxItems: limits.idsPerRequestMax }) }),
			returns: object({ items: Type.Array(Room) }),
			read: true
		},
		authorizePublish: {
			summary: "Whether an encoder with this key may stream now; raises the generation.",
			auth: "internal",
			params: object({
				key: Type.String({ maxLength: limits.streamKeyCharactersMax }),
				address: Type.String({ maxLength: 64 })
			}),
			returns: object({ roomId: Id, sessionId: Id, generation: Generation }),
			timeoutMs: limits.authorizePublishMillisecondsMax,
			errors: ["KEY_NOT_VALID", "ROOM_NOT_LIVE", "HOST_BANNED"]
		},
		streamStarted: {
			summary: "Packets of this generation arrive on a media node.",
			auth: "internal",
			params: object({
				roomId: Id,
				generation: Generation,
				nodeId: Type.String({ maxLength: limits.nodeIdCharactersMax }),
				info: StreamInfo
			}),
			returns: Current
		},
		streamHealth: {
			summary: `How the stream is, every ${limits.streamHealthSeconds} s; also its sign of life.`,
			auth: "internal",
			params: object({ roomId: Id, generation: Generation, info: StreamInfo }),
			returns: Current
		},
		streamStopped: {
			summary: "No packets of this generation will come any more.",
			auth: "internal",
			params: object({
				roomId: Id,
				generation: Generation,
				reason: Type.String({ maxLength: limits.stopReasonCharactersMax })
			}),
			returns: Current
		}
	},
	events: {
		/** Status, picture or words of the room are different now. */
		changed: object({ roomId: Id })
	},
	channels: {
		/** The first packets of a session arrived: followers are told. */
		wentLive: object(ofSession),
		paused: object(ofSession),
		resumed: object(ofSession),
		/** Publishers up to this generation are to go; a later one is of another session. */
		ended: object({ ...ofSession, reason: EndReason, generation: LastGeneration }),
		/** Publishers of the room up to this generation are on a dead key. */
		keyRotated: object({ roomId: Id, generation: LastGeneration })
	}
});
