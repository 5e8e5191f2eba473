/** The bounds of rooms and who follows them: part of `config/limits.ts`, where they are read. */
export const roomLimits = {
	// rooms
	roomTitleCharactersMax: 80,
	coverUrlCharactersMax: 500,
	cutReasonCharactersMax: 200,
	roomsPerHourMax: 60,
	roomsPerHostMax: 1_000,
	roomScheduleSecondsMax: 180 * 24 * 3600,
	roomStateMillisecondsMax: 500,
	roomStatesMax: 10_000,
	/** How long a session waits for its first packets. */
	roomFirstPacketSecondsMax: 30 * 60,
	roomSweepMilliseconds: 1_000,
	roomSweepRowsMax: 500,
	roomLeaseMilliseconds: 4_000,
	/** How often viewers are counted for lists and peaks, at most so many rooms at once. */
	roomSampleMilliseconds: 1_500,
	roomSampleRoomsMax: 5_000,

	// streams: the sign of life comes twice before it is missed
	streamHealthSeconds: 5,
	streamSilenceSecondsMax: 10,
	streamKeySecondsMax: 30 * 24 * 3600,
	streamKeyCharactersMax: 256,
	streamKeysPerHourMax: 60,
	authorizePublishMillisecondsMax: 2_000,
	codecNameCharactersMax: 40,
	nodeIdCharactersMax: 128,
	stopReasonCharactersMax: 64,

	// viewers: a beat may be late by half of it before somebody counts as gone. Lease and the next
	// sample, or the next tick of an edge, stay within the 5 s after which no count is wrong.
	viewBeatSeconds: 2,
	viewLeaseMilliseconds: 3_000,
	viewersPerRoomMax: 200_000,
	/** What an edge tells of its sockets in one call; a message of the bus stays far below 1 MB. */
	audienceRoomsMax: 1_000,
	audienceViewersMax: 5_000,
	viewersPerScriptMax: 1_000,
	/** Beats in 10 s from one address; a campus or a carrier is one address to us. */
	viewsPerAddressMax: 5_000,

	// likes: the column is an INTEGER of 32 bits
	likesPerAudienceMax: 1_000_000_000,
	likesPerSessionMax: 2_000_000_000,
	/** Nobody likes for so long: by then the count stands in the database. */
	likesIdleMilliseconds: 3_600_000,
	likesSavedPerRoundMax: 1_000,

	// follows
	followersPerPageMax: 1_000,
	followsPerUserMax: 2_000,
	followNoticeSecondsMax: 30 * 24 * 3600,
	followSweepMilliseconds: 3_600_000
};
