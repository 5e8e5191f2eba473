import { describe, expect, it } from "vitest";
import { mediaBounds } from "./media.bounds.ts";
import type { Admission } from "./media.publisher.ts";
import { memoryStreamStore } from "./media.store.memory.ts";
import type { StreamEntry } from "./media.store.ts";
import { Streams } from "./media.streams.ts";

const roomId = "7";
const base = "http://media.example:8000";
const admission: Admission = { roomId, key: "a key", address: "127.0.0.1", close: () => {} };

/** A node that was just started, while the registry says this of the room. */
async function nodeThatFinds(entry: Partial<StreamEntry>) {
	const store = memoryStreamStore();
	const before = { roomId, generation: 3, nodeId: "media-1", base, isIdle: false, ...entry };
	await store.put(before, 60_000);
	let asked = 0;
	const current = async () => ({ current: true });
	const streams = new Streams({
		...{ store, nodeId: "media-2", bounds: mediaBounds, base: () => base },
		now: () => performance.now(),
		onFailed: () => {},
		rooms: {
			async authorizePublish() {
				asked += 1;
				return { roomId, sessionId: "1", generation: 4 };
			},
			...{ streamStarted: current, streamHealth: current, streamStopped: current }
		}
	});
	return { streams, asked: () => asked };
}

describe("an encoder that comes back", () => {
	it("is let in at once where its node was killed and has started again", async () => {
		const { streams } = await nodeThatFinds({});
		expect(await streams.admit(admission)).toMatchObject({ roomId, generation: 4 });
		await streams.close();
	});

	it("is refused while another node has the stream, and nobody is asked", async () => {
		const { streams, asked } = await nodeThatFinds({ base: "http://media.example:8001" });
		await expect(streams.admit(admission)).rejects.toMatchObject({ type: "PUBLISHER_ACTIVE" });
		expect(asked()).toBe(0);
		await streams.close();
	});

	it("is let in where the encoder on the other node has fallen silent", async () => {
		const { streams } = await nodeThatFinds({ base: "http://media.example:8001", isIdle: true });
		expect(await streams.admit(admission)).toMatchObject({ generation: 4 });
		await streams.close();
	});
});
