/** What edges tell of their sockets: who watches which room, and how often they liked. */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { LikeStore } from "./rooms.likes.ts";
import type { Room } from "./rooms.row.ts";
import { isOpen } from "./rooms.rules.ts";
import type { ViewerStore } from "./rooms.viewers.ts";

export interface AudienceItem {
	readonly roomId: string;
	readonly viewers: readonly string[];
	/** Since the edge told last. */
	readonly likes: number;
}

export interface Counters {
	readonly viewers: ViewerStore;
	readonly likes: LikeStore;
	readonly rooms: ReadonlyMap<string, Room>;
}

/**
 * Counts them and answers the totals of all nodes. Throws what the stores throw: the edge then
 * keeps its likes and tells of them with its next tick.
 */
export async function hearAudience(
	items: readonly AudienceItem[],
	counters: Counters
): Promise<{ roomId: string; viewers: number; likes: number }[]> {
	const told = items.reduce((sum, { viewers }) => sum + viewers.length, 0);
	const max = limits.audienceViewersMax;
	if (told > max) throw commonErrors.PAYLOAD_TOO_LARGE({ viewers: told, max });
	return Promise.all(
		items.map(async (item) => {
			const [viewers, likes] = await Promise.all([
				countViewers(item, counters),
				countLikes(item, counters)
			]);
			return { roomId: item.roomId, viewers, likes };
		})
	);
}

/** An ended room is watched by nobody, however many look at its last picture. */
async function countViewers(item: AudienceItem, { viewers, rooms }: Counters): Promise<number> {
	const room = rooms.get(item.roomId);
	if (!room || room.status === "ended") return 0;
	return viewers.touch(room.id, item.viewers);
}

/** Only an open session is liked. What was saved of it is the least that the store counts from. */
async function countLikes(item: AudienceItem, { likes, rooms }: Counters): Promise<number> {
	const room = rooms.get(item.roomId);
	if (!room) return 0;
	if (!isOpen(room) || room.sessionId === null) return room.likes;
	return likes.add(room.sessionId, { count: item.likes, saved: room.likes });
}
