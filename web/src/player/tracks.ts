/** Which of the two kinds of tracks a stream has. */
export interface Tracks {
	readonly hasAudio: boolean;
	readonly hasVideo: boolean;
}

/**
 * The tracks of a stream that lacks one of them, by its onMetaData; undefined where it has both or
 * does not tell. The header of a live stream promises both before anybody knows, and the player
 * would wait for the other one for ever.
 */
export function lackingTracks(metadata: unknown): Tracks | undefined {
	const { audiocodecid, videocodecid } = (metadata ?? {}) as Record<string, unknown>;
	const tracks = { hasAudio: audiocodecid !== undefined, hasVideo: videocodecid !== undefined };
	return tracks.hasAudio === tracks.hasVideo ? undefined : tracks;
}
