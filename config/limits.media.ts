/** The bounds of video, a part of `limits`. */
export const mediaLimits = {
	// media, ingest: what an encoder may cost before and while it publishes
	mediaPublishersPerNodeMax: 200,
	mediaPublishersPerAddressMax: 20,
	mediaHandshakeMillisecondsMax: 5_000,
	mediaHandshakeBytesMax: 64 * 1024,
	/** Without a frame for so long the encoder is gone … */
	mediaSilenceMillisecondsMax: 10_000,
	/** … and after this another one with the room's key may take its place. */
	mediaTakeoverMillisecondsMin: 5_000,
	mediaCommandBytesMax: 8 * 1024,
	mediaMetadataBytesMax: 32 * 1024,
	mediaFrameBytesMax: 4 * 1024 * 1024,
	mediaChunkStreamsMax: 16,
	mediaChunkBytesMin: 32,
	mediaAnswerBytesMax: 64 * 1024,
	mediaBitsPerSecondMax: 20_000_000,
	mediaBitrateWindowMilliseconds: 5_000,
	mediaGopBytesMax: 16 * 1024 * 1024,

	// media, playback
	mediaViewersPerNodeMax: 1_000,
	mediaViewersPerAddressMax: 200,
	mediaRequestMillisecondsMax: 5_000,
	mediaUnsentBytesMax: 1024 * 1024,
	mediaStallMillisecondsMax: 15_000,
	mediaPlayUrlSecondsMax: 300,
	mediaRetryAfterSeconds: 10,
	mediaSocketMessageBytesMax: 1_024,

	// media, reports: the registry forgets a node that has been silent for the lease
	mediaTickMilliseconds: 1_000,
	mediaLeaseMilliseconds: 10_000,
	mediaLeaseRenewMilliseconds: 3_000
} as const;
