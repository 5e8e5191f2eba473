/**
 * Which node has the stream of a room. One contract suite (media.store.test.ts) runs on all of
 * them. SQL is the truth (`rooms`): what is lost here costs viewers a few seconds.
 */
export interface StreamEntry {
	readonly roomId: string;
	readonly generation: number;
	readonly nodeId: string;
	/** Base of the play addresses of that node. */
	readonly base: string;
	/** The encoder has been silent for so long that another may take over. */
	readonly isIdle: boolean;
}

export interface StreamStore {
	/** Says so for `ttlMs` from now; false when a higher generation of the room is there. */
	put(entry: StreamEntry, ttlMs: number): Promise<boolean>;
	/** Undefined when nobody said so lately. */
	find(roomId: string): Promise<StreamEntry | undefined>;
	/** Takes the entry out if it is still of this generation. */
	remove(roomId: string, generation: number): Promise<void>;
}
