/**
 * Every bound of the platform, its unit last in its name (guarantee G18).
 *
 * A limit that operators may change at run time is also listed in `config/runtime-settings.ts`;
 * the value here is then its default.
 */
import { imLimits } from "./limits.im.ts";
import { mediaLimits } from "./limits.media.ts";
import { moderationLimits } from "./limits.moderation.ts";
import { moneyLimits } from "./limits.money.ts";
import { roomLimits } from "./limits.rooms.ts";
import { shopLimits } from "./limits.shop.ts";

export const limits = Object.freeze({
	// lists and ids
	pageItemsDefault: 20,
	pageItemsMax: 100,
	cursorCharactersMax: 256,
	idsPerRequestMax: 100,
	idMax: Number.MAX_SAFE_INTEGER,

	// money: what a single amount may hold; sums stay far below 2^53
	coinsMax: 1_000_000_000_000,
	moneyMinorUnitsMax: 1_000_000_000_000,

	// HTTP edge
	bodyBytesMax: 100 * 1024,
	urlCharactersMax: 4096,
	headerBytesMax: 16 * 1024,
	requestIdCharactersMax: 64,
	idempotencyKeyCharactersMax: 64,
	requestSecondsMax: 30,
	headersMillisecondsMax: 10_000,
	socketFrameBytesMax: 64 * 1024,
	verifiedTokensMax: 10_000,
	revocationPollMilliseconds: 500,

	// files: the edge holds an upload whole until it is known to be good, 5 MB each
	uploadBytesMax: 5 * 1024 * 1024,
	/** Boundaries and headers around the file. */
	uploadFormBytesMax: 16 * 1024,
	/** What is read and thrown away so that a client that sends too much still hears the answer. */
	uploadRefusedBytesMax: 5 * 1024 * 1024,
	uploadMillisecondsMax: 25_000,
	uploadsAtOnceMax: 16,
	uploadsAtOncePerUserMax: 2,
	uploadsPerHourMax: 60,
	/** One message of the bus: NATS refuses more than 1 MB. */
	filePieceBytesMax: 512 * 1024,
	fileDownloadMillisecondsMax: 120_000,
	fileBytesPerUserMax: 200 * 1024 * 1024,
	fileCacheMilliseconds: 600_000,
	fileSweepSeconds: 3600,
	fileOrphanSecondsMin: 24 * 3600,
	fileSweepRowsMax: 500,

	// pictures: who looks at one pays 4 bytes a pixel
	pictureSidePixelsMax: 8_192,
	picturePixelsMax: 25_000_000,
	pictureFramesMax: 500,
	picturePixelsOfAllFramesMax: 250_000_000,

	// pages: all of web/dist is held in memory
	pagesBytesMax: 64 * 1024 * 1024,
	pageCompressedBytesMin: 1024,

	// ids: the largest segment is 64 steps (of 1,000 unless its name says otherwise)
	idsPerTakeMax: 1_000,
	idsWaitingMax: 10_000,
	idsStepsPerSegmentMax: 64,
	idsClaimAttemptsMax: 50,
	idsRefillBackoffMillisecondsMax: 1_000,
	idsAnswerMarginMilliseconds: 200,
	/** More than are handed out between a backup and the loss of what came after it. */
	idsSkippedByRestore: 10_000_000,

	// tags: how long a node may go by what it knows
	tagsAgeMillisecondsMax: 1_000,

	// users
	nicknameCharactersMax: 32,
	usernameCharactersMin: 3,
	usernameCharactersMax: 32,
	avatarUrlCharactersMax: 500,
	banReasonCharactersMax: 200,
	phoneRotationRowsPerBatch: 500,
	profileCacheMilliseconds: 600_000,
	profileAbsentCacheMilliseconds: 10_000,

	// access tokens: short, because a stolen one is good until it ends
	accessTokenSecondsMax: 600,
	accessTokenCharactersMax: 1_024,
	/** How far the clocks of two nodes may be apart. */
	clockSkewSecondsMax: 5,
	accessTokenKeysAgeMillisecondsMax: 60_000,
	accessTokenKeysReloadMillisecondsMin: 1_000,

	// logs
	logTextCharactersMax: 2_000,
	logValuesPerLineMax: 200,
	logDepthMax: 5,

	// metrics: how often figures are taken, and how many series one metric may show
	processSampleMilliseconds: 10_000,
	seriesPerMetricMax: 5_000,

	// tracing: what waits for a collector that is slow or gone, beyond that the oldest are dropped
	traceQueueSpansMax: 4_096,
	traceBatchSpansMax: 512,
	traceIntervalMilliseconds: 1_000,
	traceRequestMillisecondsMax: 5_000,
	traceBackoffMillisecondsMax: 30_000,
	traceStopMillisecondsMax: 2_000,
	traceAttributeCharactersMax: 256,
	traceparentCharactersMax: 256,

	// health
	healthProbeMillisecondsMax: 1_000,
	healthFreshMilliseconds: 1_000,
	healthOutboxLagMillisecondsMax: 30_000,
	healthCanaryAgeMillisecondsMax: 30_000,

	// outbox: rows on their way from a transaction to the bus
	outboxMessageIdCharactersMax: 36,
	outboxPayloadBytesMax: 32 * 1024,
	outboxDelayMillisecondsMax: 31 * 24 * 3600 * 1000,
	outboxRowsPerInsertMax: 200,
	outboxRowsPerRoundMax: 200,
	outboxInFlightRowsMax: 256,
	outboxPollMilliseconds: 1_000,
	outboxWakeMilliseconds: 2,
	outboxOutageMillisecondsMin: 50,
	outboxOutageMillisecondsMax: 2_000,
	outboxConsumerOutageMilliseconds: 60_000,
	outboxLeaseMilliseconds: 4_000,
	outboxStopMillisecondsMax: 5_000,
	outboxChoreMilliseconds: 5_000,
	outboxCanaryLostMilliseconds: 60_000,
	// longer than a message can stay on the bus
	outboxConsumedSecondsMax: 14 * 24 * 3600,
	outboxSweepRowsMax: 1_000,
	outboxReplayRowsMax: 100,
	outboxErrorCharactersMax: 500,
	outboxStatsRowsMax: 10_000,

	// channels: durable messages from the bus to their consumers
	channelNameCharactersMax: 100,
	channelGroupCharactersMax: 64,
	channelAttemptsMax: 8,
	channelRetryMillisecondsMin: 200,
	channelRetryMillisecondsMax: 60_000,
	channelHandlerMillisecondsMax: 30_000,
	channelAckMillisecondsMax: 10_000,
	channelInFlightMessagesMax: 256,
	channelPullMessagesMax: 64,
	channelPullMilliseconds: 5_000,
	channelPublishMillisecondsMax: 2_000,
	channelMessageAgeSecondsMax: 7 * 24 * 3600,
	channelStreamBytesMax: 64 * 1024 * 1024,
	channelDuplicateSecondsMax: 120,

	// audit log
	auditParamsCharactersMax: 4_096,
	auditTargetCharactersMax: 100,
	auditVerifyRowsMax: 20_000,
	auditVerifyRowsPerRead: 1_000,

	// defaults of run-time settings
	codesPerPhonePerHourMax: 5,
	roomGraceSeconds: 60,

	// run-time settings: a poll and its answer together stay below the promised second
	settingNameCharactersMax: 64,
	settingTextCharactersMax: 200,
	settingReasonCharactersMax: 200,
	settingsPollMilliseconds: 750,
	settingsPollAnswerMillisecondsMax: 2_000,
	settingsFirstLoadMillisecondsMax: 500,
	settingsFirstLoadRetryMilliseconds: 20,

	// sign-in: short secrets, few tries
	phoneTextCharactersMax: 32,
	signInCodeDigits: 6,
	signInCodeSecondsMax: 300,
	signInCodeAttemptsMax: 5,
	signInCodeResendSecondsMin: 60,
	codesPerAddressMax: 60,
	registrationsPerAddressMax: 60,
	smsSendMillisecondsMax: 6_000,
	smsAttemptMillisecondsMax: 2_000,
	smsAttemptsMax: 3,
	devMessagesMax: 100,
	passwordCharactersMin: 8,
	passwordCharactersMax: 128,
	/** Failures that lock for the rest of the window. */
	failuresPerNameAndAddressMax: 10,
	failuresPerNameMax: 100,
	/** A school or an office is one address to us. */
	failuresPerAddressMax: 1_000,
	failuresWindowSeconds: 900,
	signInsAtOnceMax: 16,
	signInsWaitingMax: 256,

	// sessions
	deviceNameCharactersMax: 64,
	sessionsPerUserMax: 50,
	refreshTokenSecondsMax: 30 * 24 * 3600,
	/** For so long a used refresh token is taken for a lost answer, not for a theft. */
	refreshRepeatSecondsMax: 10,
	/** Endings may be committed a little after the time they carry. */
	revocationOverlapSeconds: 5,
	revocationsPerAnswerMax: 10_000,
	authSweepSeconds: 3600,

	// signing keys: nodes look for new ones far more often than a new one waits
	signingKeysAgeMillisecondsMax: 10_000,
	signingKeyLeadSeconds: 60,

	// broker: how long a caller waits unless the contract says otherwise; a read is tried 3 times
	callMillisecondsMax: 5_000,
	readMillisecondsMax: 2_000,
	callRetriesMax: 2,
	callDepthMax: 30,
	pendingCallsMax: 5_000,
	heartbeatSeconds: 2,
	heartbeatSilenceSecondsMax: 6,
	heartbeatCheckMilliseconds: 1_000,
	/** For so long a node that failed a call is taken for busier than it is. */
	faultWeighsMilliseconds: 5_000,
	/** Connections that send nothing are closed this long after a node began to stop. */
	drainIdleMillisecondsMax: 1_000,
	/** Calls in flight get this long to finish once a node stops … */
	drainMillisecondsMax: 10_000,
	/** … and the whole process is gone after this. */
	shutdownMillisecondsMax: 15_000,

	// SQL
	sqlConnectionsMax: 20,
	sqlAcquireMillisecondsMax: 5_000,
	sqlConnectMillisecondsMax: 30_000,
	sqlStatementMillisecondsMax: 8_000,
	sqlLockWaitSecondsMax: 3,
	sqlTransactionMillisecondsMax: 10_000,
	sqlTransactionAttemptsMax: 8,
	sqlRetryMillisecondsBase: 10,
	sqlRetryMillisecondsMax: 300,
	migrationLockSecondsMax: 120,
	crudOffsetRowsMax: 100_000,
	sqlReplicaRetryMilliseconds: 5_000,
	sqliteWaitingStatementsMax: 10_000,
	sqlitePreparedStatementsMax: 500,
	sqliteDrainMillisecondsMax: 5,
	readYourWritesSeconds: 4,
	readYourWritesUsersMax: 100_000,

	// Redis: an answer that takes longer than this is a server that is away
	redisConnectMillisecondsMax: 2_000,
	redisCommandMillisecondsMax: 1_000,
	redisReconnectMillisecondsMax: 1_000,
	redisReadyMillisecondsMax: 3_000,

	// cache; a node that does not hear the others' deletes keeps entries only this short
	cacheLocalItemsMax: 20_000,
	cacheLocalBytesMax: 64 * 1024 * 1024,
	cacheAloneMillisecondsMax: 1_000,
	cacheBeatMilliseconds: 400,
	cacheSilenceMillisecondsMax: 1_000,
	cacheDistrustMilliseconds: 2_000,
	cacheSecondDeleteMilliseconds: 1_000,
	cacheKeyCharactersMax: 200,
	cacheKeysPerMessageMax: 100,
	cacheOwedKeysMax: 10_000,

	// rooms and media
	...roomLimits,
	...mediaLimits,

	// messages
	...imLimits,
	...moderationLimits,

	// coins, gifts, payments
	...moneyLimits,

	// products, stock, addresses
	...shopLimits
});
