/** Brings a room of the demo host on air, as a host would do it by hand. */
import { demoRoom } from "../seed.ts";
import type { SignedIn } from "./api.ts";

/** What of a room matters here. */
export interface Room {
	readonly id: string;
	readonly title: string;
	readonly status: "scheduled" | "live" | "paused" | "ended";
}

/** Somebody ended it while it was streamed into: to start it again would be against their will. */
export class RoomEnded extends Error {
	constructor(id: string) {
		super(`The room ${id} was ended.`);
		this.name = "RoomEnded";
	}
}

/** Shown once; asking again makes another and ends this one. */
export interface StreamKey {
	readonly url: string;
	readonly key: string;
}

// A host has one live session at most, so the room that already runs is the only one that can.
const order: readonly Room["status"][] = ["live", "paused", "scheduled", "ended"];

/** The room named by `id`, else the best one of the host, else a new one. */
export async function findRoom(host: SignedIn, id?: string): Promise<Room> {
	if (id !== undefined) return await host.get<Room>(`/rooms/${id}`);
	const path = `/rooms?hostId=${host.id}&status=${order.join(",")}`;
	const { items } = await host.get<{ items: Room[] }>(path);
	const ranked = items.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
	return ranked[0] ?? (await host.post<Room>("/rooms", demoRoom));
}

/** Starts the room where it has not started, has paused or has ended. */
export async function open(host: SignedIn, room: Room): Promise<void> {
	if (room.status !== "live") await host.post(`/rooms/${room.id}/start`);
}

/** Needs a room that is open. */
export const askForKey = (host: SignedIn, room: Room): Promise<StreamKey> =>
	host.post<StreamKey>(`/rooms/${room.id}/stream-key`);
