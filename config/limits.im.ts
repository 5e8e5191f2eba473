/** The bounds of messages and those who send them: part of `config/limits.ts`. */
export const imLimits = {
	// messages
	messageCharactersMax: 200,
	messageBytesMax: 16 * 1024,
	messageBodyBytesMax: 8 * 1024,
	linesPerDeliveryMax: 1_000,
	deliverMillisecondsMax: 2_000,
	likesPerCallMax: 100,

	// rooms and their logs
	roomsPerNodeMax: 20_000,
	historyReadsMax: 50,

	// im-router: what nodes and devices may leave behind, and for how long
	/** All rows of a node hang on it; a stale one is gone within 5 s. */
	nodeLeaseMilliseconds: 4_000,
	nodeSweepMilliseconds: 1_000,
	nodeSweepRowsPerStep: 500,
	roomLogLinesMax: 500,
	roomLogSilenceSecondsMax: 24 * 3600,
	/** A page of history is whole or it says that it is not. */
	historyLinesMax: 300,
	historyLinesFresh: 50,
	historyBytesMax: 512 * 1024,
	/** The same line or message again within this time is the same. */
	repeatSecondsMax: 300,
	logEndsPerStep: 500,
	/** Steps of the store that callers share, and what waits for the next one. */
	sharedStepItemsMax: 200,
	sharedStepBytesMax: 1024 * 1024,
	sharedStepWaitingItemsMax: 10_000,
	sharedStepWaitingBytesMax: 16 * 1024 * 1024,

	// im-router: messages kept for users
	pendingPerDeviceMax: 200,
	pendingSecondsMax: 7 * 24 * 3600,
	pendingFromInboxMax: 100,
	inboxUnreadTellMax: 500,
	inboxUnreadMax: 2_000,
	inboxUnreadSecondsMax: 30 * 24 * 3600,
	inboxReadSecondsMax: 24 * 3600,
	inboxSweepMilliseconds: 60_000,
	inboxSweepRowsMax: 1_000,
	inboxRowsPerCommitMax: 200,
	inboxBytesPerCommitMax: 1024 * 1024,
	inboxWaitingRowsMax: 5_000,
	inboxWaitingBytesMax: 16 * 1024 * 1024,
	/** Users to whom something kept could not be pushed: the store was away, or all was full. */
	owedUsersMax: 10_000,
	owedRetryMilliseconds: 500,
	owedUsersPerRound: 200,
	knownUsersMax: 50_000,
	knownUserMilliseconds: 600_000,

	// im-router: the lane to each node
	laneLinesMax: 20_000,
	laneBytesMax: 8 * 1024 * 1024,
	/** One message of the bus: NATS refuses more than 1 MB. */
	deliveryBytesMax: 512 * 1024,
	deliveryRetryMilliseconds: 250,
	laneTickMilliseconds: 20,
	laneIdleMilliseconds: 60_000,
	laneDrainMillisecondsMax: 1_000,
	/** A node may not know a device yet that is about to be its own. */
	connectSettleMilliseconds: 3_000,

	// sockets: who may connect, and how many
	socketsPerNodeMax: 20_000,
	socketsPerUserMax: 20,
	/** A school or an office is one address to us. */
	socketsPerAddressMax: 1_000,
	/** Being signed in and registered at one moment. */
	handshakesAtOnceMax: 200,
	handshakeRetryMilliseconds: 1_000,
	fullNodeRetryMilliseconds: 5_000,
	/** A connection that never says what it wants. */
	socketConnectMillisecondsMax: 10_000,
	/** Together the longest that a half-open socket lives. */
	socketPingMilliseconds: 9_000,
	socketPongMillisecondsMax: 5_000,
	connectionRetryMilliseconds: 1_000,
	socketDrainMillisecondsMax: 2_000,

	// sockets: what they may send
	callsPerSocketPerSecond: 20,
	callsPerSocketBurst: 40,
	/** With `roomTickMilliseconds` about the longest that a line is gathered: 50 ms. */
	callsTickMilliseconds: 20,
	/** Packets over the limit after which a socket is closed. */
	refusedPacketsPerSocketMax: 400,
	linesPerUserPerSecond: 2,
	linesPerUserBurst: 8,
	roomsPerSocketMax: 8,
	bucketSweepMilliseconds: 30_000,
	/** Who comes in is told to the room: some of a crowd, and nobody twice within minutes. */
	arrivalsPerRoomPerSecond: 1,
	arrivalsPerRoomBurst: 3,
	arrivalSecondsMin: 300,

	// sockets: what waits to be sent to them
	socketShedBytes: 256 * 1024,
	socketUnsentBytesMax: 1024 * 1024,
	socketStalledMillisecondsMax: 5_000,
	socketCheckMilliseconds: 250,
	/** A reader told to go gets this long to hear why. */
	socketCloseMillisecondsMax: 1_000,

	// rooms on a node
	linesAtOncePerSecond: 20,
	roomTickMilliseconds: 30,
	linesPerFlushMax: 64,
	recentLinesMax: 300,
	linesOnEnterMax: 50,
	heldLinesMax: 2_000,
	holdBackMilliseconds: 200,
	gapRetryMilliseconds: 500,
	roomLingerMilliseconds: 3_000,
	nodeRenewMilliseconds: 1_000,
	/** Sockets count as viewers from tick to tick: `viewLeaseMilliseconds` forgives two lost ones. */
	audienceMilliseconds: 1_000,
	roomFactsMilliseconds: 2_000,
	roomFactsStaleMillisecondsMax: 30_000,
	senderCacheMilliseconds: 60_000,
	senderCacheItemsMax: 20_000,

	// restrictions as the edges know them
	restrictionPollMilliseconds: 500,
	restrictionsAgeMillisecondsMax: 5_000,

	// reliable messages to a connection: 1, 2, 4, 8 s, then only the inbox
	redeliveriesMax: 4,
	redeliveryMilliseconds: 1_000,
	unackedPerSocketMax: 200
};
