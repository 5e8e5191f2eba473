/** The shapes of rooms, streams and their parts, for the contract. */
import { limits } from "../../config/limits.ts";
import { Id, nullable, object, oneOf, Time, Type } from "../../lib/schemas.ts";

export const RoomStatus = oneOf("scheduled", "live", "paused", "ended");

/** Why a session ended; `silence`: the encoder stayed away, `no-stream`: it never came. */
export const EndReason = oneOf("host", "operator", "banned", "silence", "no-stream");

export const Title = Type.String({
	minLength: 1,
	maxLength: limits.roomTitleCharactersMax,
	examples: ["Autumn tea, straight from the hills"]
});

/**
 * A picture of ours, or http(s): other schemes would run as script in somebody's page. Our pages
 * show only ours: an address elsewhere would learn who looks at which room.
 */
export const CoverUrl = Type.String({
	pattern: "^(https?://[^\\s\"'<>\\\\]+|/files/[A-Za-z0-9_-]{1,64})$",
	maxLength: limits.coverUrlCharactersMax,
	examples: ["https://cdn.example/tea.jpg"]
});

export const Category = Type.String({ pattern: "^[a-z][a-z0-9-]{0,31}$", examples: ["tea"] });

/** One status, or several as `live,paused`. */
export const Statuses = Type.String({
	pattern: "^(scheduled|live|paused|ended)(,(scheduled|live|paused|ended)){0,3}$",
	examples: ["live,paused"]
});

export const Count = Type.Integer({ minimum: 0 });

/** What a room shows of its host. */
export const RoomHost = object({
	id: Id,
	nickname: Type.String(),
	avatarUrl: nullable(Type.String())
});

export const Room = object({
	id: Id,
	host: RoomHost,
	title: Type.String(),
	coverUrl: nullable(Type.String()),
	category: Type.String(),
	status: RoomStatus,
	onAir: Type.Boolean({ description: "Live, and packets of the encoder arrive" }),
	viewers: Count,
	peakViewers: Count,
	likes: Count,
	startsAt: nullable(Time),
	startedAt: nullable(Time),
	endedAt: nullable(Time),
	createdAt: Time
});

export const ViewerId = Type.String({
	pattern: "^[A-Za-z0-9_-]{8,64}$",
	examples: ["k3J9x0QmZr2T"],
	description: "Random, made by the page; signed-in users count once all the same"
});

/** Somebody who watches, whatever way they come. */
export const ViewerKey = Type.String({
	pattern: "^(user:[1-9][0-9]{0,15}|page:[A-Za-z0-9_-]{8,64})$",
	examples: ["user:1024"]
});

/** Guests count by their page or device; a user counts once on all of theirs. */
export const viewerKey = (userId: string | undefined, viewerId: string): string =>
	userId === undefined ? `page:${viewerId}` : `user:${userId}`;

/** What a media node sees of a stream. */
export const StreamInfo = object({
	video: Type.Optional(Type.String({ maxLength: limits.codecNameCharactersMax })),
	audio: Type.Optional(Type.String({ maxLength: limits.codecNameCharactersMax })),
	width: Type.Optional(Type.Integer({ minimum: 0, maximum: 16_384 })),
	height: Type.Optional(Type.Integer({ minimum: 0, maximum: 16_384 })),
	fps: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 })),
	gopSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 3_600 })),
	kilobitsPerSecond: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000 }))
});

export const Generation = Type.Integer({ minimum: 1 });
/** 0 where nothing was ever published. */
export const LastGeneration = Type.Integer({ minimum: 0 });
export const OneRoom = object({ id: Id });
export const Current = object({
	current: Type.Boolean({
		description: "False: another publish, a new key or the end came since; close the publisher"
	})
});
