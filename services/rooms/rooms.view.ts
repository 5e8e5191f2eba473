/** Rooms as callers see them. */
import type { Env } from "../../config/env.ts";
import type { Ctx } from "../../lib/context.ts";
import type { Static } from "../../lib/schemas.ts";
import type { Room } from "./rooms.row.ts";
import { isOnAir } from "./rooms.rules.ts";
import type { Room as RoomSchema } from "./rooms.schemas.ts";

export type RoomView = Static<typeof RoomSchema>;

const text = (moment: Date | null): string | null => moment?.toISOString() ?? null;

export function viewOf(room: Room, host: RoomView["host"]): RoomView {
	return {
		id: room.id,
		host,
		title: room.title,
		coverUrl: room.coverUrl,
		category: room.category,
		status: room.status,
		onAir: isOnAir(room),
		viewers: room.viewers,
		peakViewers: Math.max(room.peakViewers, room.viewers),
		likes: room.likes,
		startsAt: text(room.startsAt),
		startedAt: text(room.startedAt),
		endedAt: text(room.endedAt),
		createdAt: room.createdAt.toISOString()
	};
}

/** With their hosts, all asked for at once; at most `limits.idsPerRequestMax` rooms. */
export async function viewsOf(ctx: Ctx, rooms: readonly Room[]): Promise<RoomView[]> {
	if (rooms.length === 0) return [];
	const ids = [...new Set(rooms.map(({ hostId }) => hostId))];
	const { items } = await ctx.call("users.getMany", { ids });
	const hosts = new Map(items.map(({ id, nickname, avatarUrl }) => [id, { nickname, avatarUrl }]));
	return rooms.map((room) => {
		const host = hosts.get(room.hostId) ?? { nickname: `#${room.hostId}`, avatarUrl: null };
		return viewOf(room, { id: room.hostId, ...host });
	});
}

/** Where encoders publish to, as the outside reaches it. */
export function publishUrl({ publicRtmpUrl, host, ports }: Env): string {
	if (publicRtmpUrl !== undefined) return `${publicRtmpUrl.replace(/\/+$/, "")}/live`;
	return `rtmp://${reachable(host)}:${ports.rtmp}/live`;
}

/** Who listens on all addresses is reached by none of these names. */
function reachable(host: string): string {
	if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
	return host.includes(":") ? `[${host}]` : host;
}
