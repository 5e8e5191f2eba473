/** The bounds of restrictions and forbidden words: part of `config/limits.ts`. */
export const moderationLimits = {
	// restrictions
	restrictionReasonCharactersMax: 200,
	restrictionSecondsMax: 365 * 24 * 3600,
	kickSeconds: 60,
	restrictionsPerMinuteMax: 120,
	/** All of a room travel to an edge in one message of the bus, which holds 1 MB. */
	restrictionsPerRoomMax: 5_000,
	/** Of what changed: what is older is told by "load everything again". */
	restrictionChangesPerAnswerMax: 1_000,
	restrictionChangeSecondsMax: 3_600,
	restrictionSweepMilliseconds: 30_000,
	restrictionSweepRowsMax: 500,
	restrictionLeaseMilliseconds: 4_000,

	// words that nobody may say: all of them in one message too
	wordCharactersMax: 64,
	wordsMax: 2_000
};
