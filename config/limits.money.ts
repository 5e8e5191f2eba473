/** The bounds of coins, gifts and payments: part of `config/limits.ts`. */
export const moneyLimits = {
	giftCountMax: 9_999,

	// wallets: amounts are bounded by coinsMax; words are ASCII
	walletIntentCharactersMax: 160,
	walletKindCharactersMax: 32,
	walletReferenceCharactersMax: 100,
	walletReasonCharactersMax: 200,
	walletLegsMax: 16,
	walletTransfersPerCallMax: 500,
	walletRowsPerStatementMax: 500,
	/** The statement grows with the square of it. */
	walletAccountsPerUpdateMax: 100,
	walletLeaseMilliseconds: 4_000,
	walletSweepMilliseconds: 1_000,
	walletSweepHoldsMax: 500,
	walletVerifyRowsPerRead: 1_000,
	walletFaultsShownMax: 100,
	/** How often all balances are added up for a figure. */
	walletSumMilliseconds: 300_000,

	// gifts
	giftPriceCoinsMax: 1_000_000,
	giftNameCharactersMax: 40,
	giftIconCharactersMax: 16,
	giftsInCatalogueMax: 200,
	giftCatalogueCacheMilliseconds: 60_000,
	/** Default of the run-time setting; the platform keeps the rest. */
	giftHostSharePercent: 50,
	/** A gift of the same kind within this time goes on with the combo. */
	giftComboMillisecondsMax: 5_000,
	/** Per user; also bounds what the combo has to be found in. */
	giftSendsPerWindowMax: 100,
	giftSendsWindowSeconds: 5,
	/** A refusal so close to the end of its caller's patience is told by a message too. */
	giftAnswerMarginMilliseconds: 100,
	/** How long a node may go by what it read of a room; a change that is announced comes at once. */
	giftRoomMillisecondsMax: 1_000,
	giftRoomsMax: 10_000,
	/** One commit, and what may wait for the next ones. */
	giftsPerCommitMax: 200,
	giftsWaitingMax: 4_000,
	giftWaitingBytesMax: 8 * 1024 * 1024,

	// ranks
	rankItemsDefault: 20,
	rankItemsMax: 100,
	/** Kept of each ranking in fast state; all are in SQL. */
	rankKeptMax: 500,
	/** After so long a ranking is read from SQL again, whatever went wrong in between. */
	rankFreshMilliseconds: 60_000,
	rankBoardsMax: 10_000,
	/** How long a node may go by which session a room has, and which sums are read. */
	rankRecentMillisecondsMax: 1_000,
	rankFactsPerCommitMax: 100,
	rankFactsWaitingMax: 2_000,
	rankFactsWaitingBytesMax: 4 * 1024 * 1024,
	rankRebuildRowsPerStep: 500,

	// payments; an intent is paid in time, asked after when it is not, and never forgotten
	rechargePackagesMax: 50,
	rechargesPerHourMax: 120,
	paymentLifeSeconds: 30 * 60,
	paymentStuckSeconds: 60,
	paymentLookSecondsMax: 3_600,
	paymentLookForSecondsMax: 3 * 24 * 3_600,
	paymentPollMilliseconds: 5_000,
	paymentPollRowsMax: 100,
	paymentPollAtOnceMax: 8,
	paymentAnomaliesCountedMax: 1_000,
	paymentLeaseMilliseconds: 15_000,
	paymentProviderMillisecondsMax: 3_000,
	paymentCallbacksPerMinuteMax: 1_200,
	callbackAgeSecondsMax: 300,
	callbackCharactersMax: 64 * 1024,
	callbackSignatureCharactersMax: 500,
	checkoutUrlCharactersMax: 500,
	providerWordCharactersMax: 64
};
