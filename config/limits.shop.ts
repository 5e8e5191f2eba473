/** The bounds of products, stock, addresses, carts and orders: part of `config/limits.ts`. */
export const shopLimits = {
	// stock: one number of one SKU in one warehouse; words are ASCII
	stockQuantityMax: 1_000_000_000,
	stockReferenceCharactersMax: 100,
	stockReasonCharactersMax: 200,
	stockLinesPerCallMax: 500,
	/** The statement grows with the square of it. */
	stockLevelsPerUpdateMax: 100,
	stockRowsPerStatementMax: 500,
	warehouseCodeCharactersMax: 32,
	/** Ids of SKUs share a number with that of the warehouse. */
	warehouseIdMax: 1_023,
	stockSkuIdMax: 2 ** 42,
	stockVerifyRowsPerRead: 1_000,
	stockFaultsShownMax: 100,
	/** For so long a page may show what could be bought a moment ago. */
	stockShownMillisecondsMax: 500,
	stockShownRoomsMax: 10_000,

	// products
	productTitleCharactersMax: 120,
	productDescriptionCharactersMax: 5_000,
	productPicturesMax: 9,
	productPictureUrlCharactersMax: 500,
	productsPerSellerMax: 2_000,
	productsPerHourMax: 200,
	productReasonCharactersMax: 200,
	productCacheMilliseconds: 60_000,
	productAbsentCacheMilliseconds: 5_000,
	categoryCacheMilliseconds: 600_000,
	categoryNameCharactersMax: 64,
	categorySlugCharactersMax: 32,
	skusPerProductMax: 50,
	skuAttributesMax: 5,
	skuAttributeNameCharactersMax: 32,
	skuAttributeValueCharactersMax: 64,
	/** Of one unit; with the largest quantity of an order it stays far below 2^53. */
	skuPriceMinorUnitsMax: 100_000_000_000,

	// goods of a room
	roomProductsMax: 100,
	roomProductsCacheMilliseconds: 60_000,
	roomProductsAbsentCacheMilliseconds: 5_000,
	roomProductPositionMax: 1_000_000,
	pinsPerMinuteMax: 60,

	// addresses
	addressesPerUserMax: 20,
	addressNameCharactersMax: 64,
	addressPhoneCharactersMax: 32,
	addressCityCharactersMax: 64,
	addressLineCharactersMax: 200,
	addressPostalCodeCharactersMax: 16,
	addressChangesPerHourMax: 120,

	// flash sales
	flashSaleUnitsMax: 1_000_000,
	/** Each unit of a user is a row. */
	flashSaleUnitsPerUserMax: 20,
	flashSalesPerRoomMax: 20,
	flashSalesShownMax: 50,
	flashSaleAheadSecondsMax: 30 * 24 * 3600,
	flashSaleLastsSecondsMax: 7 * 24 * 3600,
	flashSaleUnpaidMinutes: 10,
	flashSalePurchasesPerWindowMax: 50,
	flashSalePurchasesWindowSeconds: 5,
	flashSalePurchasesPerCommitMax: 200,
	/** Of one sale on one node; beyond them buyers are asked to come back. */
	flashSalePurchasesWaitingMax: 2_000,
	/** What a node knows of a sale, sold out or not, may be so old. */
	flashSaleStandingMilliseconds: 250,
	flashSaleStandingsMax: 10_000,
	/** Sales that a node sells at once; those at rest make room. */
	flashSaleLanesMax: 1_000,
	/** Sales whose buyers a node keeps in mind. */
	flashSaleKnownBuyersSalesMax: 100,
	/** Refusals that a node remembers, so that a repeat hears the same. */
	flashSaleRefusalsMax: 100_000,
	flashSaleWatchMilliseconds: 250,
	flashSaleTellMilliseconds: 500,
	flashSaleBalanceMilliseconds: 1_000,
	flashSaleLeaseMilliseconds: 3_000,
	/** A gate is built so long before its sale opens, and kept so long after it. */
	flashSaleWarmUpMilliseconds: 10_000,
	flashSaleGateKeptMilliseconds: 3_600_000,
	/** Units let in so long ago and neither sold nor given back were lost with their node. */
	flashSaleLeakMilliseconds: 15_000,
	/** Refusals that a gate remembers. */
	flashSaleGateRefusalsMax: 200_000,
	flashSaleWatchedMax: 500,
	flashSaleRowsPerStatementMax: 500,

	// carts
	cartLinesMax: 100,
	cartChangesPerMinuteMax: 120,

	// orders
	/** Of one line, in carts too. */
	orderQuantityMax: 999,
	orderLinesMax: 50,
	ordersPerHourMax: 300,
	orderQuotesPerMinuteMax: 120,
	orderStepsPerMinuteMax: 120,
	/** How often an order is put together again when a price changes in between. */
	orderAttemptsMax: 3,
	orderRowsPerStatementMax: 500,
	orderUnpaidMinutes: 15,
	/** A shipped order that its buyer says nothing of counts as received then. */
	orderConfirmDays: 14,
	orderCarrierCharactersMax: 64,
	orderTrackingNumberCharactersMax: 64,
	orderSweepMilliseconds: 1_000,
	orderSweepOrdersMax: 200,
	orderSweepAtOnceMax: 4,
	orderLeaseMilliseconds: 15_000
} as const;
