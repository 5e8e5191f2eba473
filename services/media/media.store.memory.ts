/** For embedded mode, where one node has all streams. */
import type { StreamEntry, StreamStore } from "./media.store.ts";

/** `now` counts milliseconds and never goes back. */
export function memoryStreamStore(now: () => number = () => performance.now()): StreamStore {
	const entries = new Map<string, { entry: StreamEntry; endsAt: number }>();
	const current = (roomId: string): StreamEntry | undefined => {
		const kept = entries.get(roomId);
		if (kept && kept.endsAt > now()) return kept.entry;
		entries.delete(roomId);
		return undefined;
	};
	return {
		async put(entry, ttlMs) {
			const known = current(entry.roomId);
			if (known && known.generation > entry.generation) return false;
			entries.set(entry.roomId, { entry, endsAt: now() + ttlMs });
			return true;
		},
		async find(roomId) {
			return current(roomId);
		},
		async remove(roomId, generation) {
			if (current(roomId)?.generation === generation) entries.delete(roomId);
		}
	};
}
