/** A media node beside a fake `rooms`, on free ports, with limits as low as a test wants. */
import type { Service, ServiceBroker } from "moleculer";
import type { Env } from "../../../config/env.ts";
import { typed } from "../../../lib/context.ts";
import { type MediaBounds, mediaBounds } from "../../../services/media/media.bounds.ts";
import { signPlay } from "../../../services/media/media.rules.ts";
import { mediaService } from "../../../services/media/media.service.ts";
import { startBroker } from "../broker.ts";
import { FakeRooms } from "./fake-rooms.ts";

export interface MediaNode {
	readonly broker: ServiceBroker;
	readonly rooms: FakeRooms;
	readonly rtmpPort: number;
	readonly playPort: number;
	/** A signed address; empty while the room has no stream. */
	flvUrl(roomId: string): Promise<string>;
	/** An address signed as the node does it, whether there is a stream or not. */
	signed(roomId: string, expiresAt?: number): string;
	/** Encoders that are connected. */
	connections(): number;
	drain(): Promise<void>;
	stop(): Promise<void>;
}

export interface MediaSetup {
	readonly env: Env;
	readonly bounds?: Partial<MediaBounds>;
	readonly rooms?: FakeRooms;
	readonly nodeId?: string;
}

type Inside = Service & {
	ingests: readonly { port: number; connections: number }[];
	playback: { port: number };
	playKey: Buffer;
	drain(): Promise<void>;
};

export async function startMedia(setup: MediaSetup): Promise<MediaNode> {
	const { env, nodeId, rooms = new FakeRooms() } = setup;
	const bounds = { ...mediaBounds, tickMilliseconds: 50, ...setup.bounds };
	const broker = await startBroker({
		env,
		services: [rooms.schema, mediaService(bounds)],
		...(nodeId === undefined ? {} : { nodeId })
	});
	const inside = broker.getLocalService("media") as unknown as Inside;
	return {
		broker,
		rooms,
		rtmpPort: inside.ingests[0]?.port ?? 0,
		playPort: inside.playback.port,
		async flvUrl(roomId) {
			const { items } = await typed(broker).call("media.sources", { roomId });
			return items.find(({ type }) => type === "flv")?.url ?? "";
		},
		signed(roomId, expiresAt = Math.floor(Date.now() / 1_000) + 60) {
			const base = `http://127.0.0.1:${inside.playback.port}/live/${roomId}.flv`;
			return `${base}?${signPlay(inside.playKey, roomId, expiresAt)}`;
		},
		connections: () => inside.ingests[0]?.connections ?? 0,
		drain: () => inside.drain(),
		stop: () => broker.stop()
	};
}
