import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { type Ctx, type ParamsOf, typed } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { watchCommits } from "../../mixins/figures.ts";
import { lease } from "../../mixins/lease/index.ts";
import { redis } from "../../mixins/redis.ts";
import { sql } from "../../mixins/sql/index.ts";
import { type BuyIntent, buyingIn } from "./flash-sales.buying.ts";
import { flashSales } from "./flash-sales.contract.ts";
import { Desk } from "./flash-sales.desk.ts";
import { flashSaleErrors } from "./flash-sales.errors.ts";
import { createSale, endSalesOf, madeBefore, moveSale } from "./flash-sales.lifecycle.ts";
import { countLeaks } from "./flash-sales.metrics.ts";
import { findSale, listSales } from "./flash-sales.model.ts";
import { boughtBy } from "./flash-sales.purchases.model.ts";
import { after, intentOf, type Move, statusAt } from "./flash-sales.rules.ts";
import { Standings } from "./flash-sales.standings.ts";
import { memoryGateStore } from "./flash-sales.store.memory.ts";
import { redisGateStore } from "./flash-sales.store.redis.ts";
import type { GateStore } from "./flash-sales.store.ts";
import { orderOfSale, purchasesView, saleView } from "./flash-sales.view.ts";
import { Watcher } from "./flash-sales.watch.ts";

type CreateCtx = Ctx<ParamsOf<"flash-sales.create">>;

export default service(flashSales, {
	mixins: [lease(), sql(), redis()],
	dependencies: ["ids", "rooms", "products", "addresses"],
	/** Made in `created`, when the broker and its stores are there. */
	state: () =>
		({}) as {
			gate: GateStore;
			standings: Standings;
			desk: Desk;
			watcher: Watcher | undefined;
			currency: string;
		},
	methods: {
		/** For the `owner` rule: a room's sales are made by its host. */
		async findRoom({ id }: { id: string }) {
			const { host } = await typed(this.broker).call("rooms.get", { id });
			return { userId: host.id };
		},

		async findOwned({ id }: { id: string }) {
			const sale = await findSale(this.sql, id);
			return sale && { userId: sale.hostId };
		},

		async shown(id: string, userId: string | undefined) {
			const sale = await findSale(this.sql, id);
			if (!sale) throw commonErrors.NOT_FOUND();
			const purchases = userId === undefined ? [] : await boughtBy(this.sql, id, userId);
			const now = new Date();
			return {
				...saleView(sale, now),
				serverTime: now.toISOString(),
				purchases: purchasesView(sale, purchases)
			};
		},

		/** When it is on; a start in the past is now. Throws SALE_TIME_NOT_ALLOWED. */
		windowOf({ startsAt, endsAt }: { startsAt: string; endsAt: string }) {
			const now = Date.now();
			const starts = Math.max(now, Date.parse(startsAt));
			const ends = Date.parse(endsAt);
			const isInBounds =
				starts - now <= limits.flashSaleAheadSecondsMax * 1_000 &&
				ends - starts <= limits.flashSaleLastsSecondsMax * 1_000;
			if (ends <= starts || !isInBounds) throw flashSaleErrors.SALE_TIME_NOT_ALLOWED();
			return { startsAt: new Date(starts), endsAt: new Date(ends) };
		},

		/** All that the sale takes, read before its commit. Throws what speaks against it. */
		async prepare(ctx: CreateCtx, userId: string) {
			const { id: roomId, skuId, price, stock, limitPerUser, ...window } = ctx.params;
			const { currency } = this;
			if (price.currency !== currency) throw flashSaleErrors.CURRENCY_NOT_ALLOWED({ currency });
			const times = this.windowOf(window);
			const { status } = await ctx.call("rooms.get", { id: roomId });
			if (status === "ended") throw flashSaleErrors.ROOM_NOT_LIVE();
			const { items } = await ctx.call("products.skus", { skuIds: [skuId] });
			const [card] = items;
			if (!card) throw commonErrors.NOT_FOUND();
			if (card.sellerId !== userId) throw flashSaleErrors.SKU_NOT_YOURS();
			if (!card.onSale) throw flashSaleErrors.SKU_NOT_ON_SALE();
			const { ids } = await ctx.call("ids.take", { name: "flashSales" });
			const { title, productId, pictureUrl, attributes } = card;
			return {
				...{ id: ids[0] as string, roomId, hostId: userId, skuId, productId, title, pictureUrl },
				...{ attributes, currency, price: price.amount, listPrice: card.price.amount },
				...{ initial: stock, limitPerUser, ...times }
			};
		},

		async addressOf(ctx: Ctx, userId: string, id: string | undefined) {
			if (id === undefined) return null;
			const { address } = await ctx.call("addresses.find", { userId, id });
			if (!address) throw flashSaleErrors.ADDRESS_NOT_FOUND();
			const { id: _, isDefault: __, ...copy } = address;
			return copy;
		},

		/** By the host. Where the sale is already, nothing happens; from elsewhere it is refused. */
		async move(ctx: Ctx<{ id: string }>, move: Move) {
			const { id } = ctx.params;
			const { sale, hasMoved } = await this.sql.transaction((tx) => moveSale(tx, id, move));
			const isThere =
				sale.status === after("open", move) || statusAt(sale, new Date()) === "closed";
			if (!hasMoved && !isThere) throw flashSaleErrors.FLASH_SALE_STATE({ status: sale.status });
			await this.over([id]);
			return this.shown(id, ctx.meta.user?.id);
		},

		async over(saleIds: readonly string[]) {
			for (const saleId of saleIds) {
				this.standings.forget(saleId);
				// A gate that stays lets in what the database refuses.
				await this.gate.close(saleId).catch(() => {});
			}
		},

		async takeIds(count: number) {
			const { call } = typed(this.broker);
			const [orders, checkouts] = await Promise.all([
				call("ids.takeUnordered", { name: "orders", count }),
				call("ids.take", { name: "checkouts", count })
			]);
			return { orders: orders.ids, checkouts: checkouts.ids };
		}
	},
	actions: {
		async create(ctx) {
			const { user } = ctx.meta;
			const { idempotency } = ctx.locals;
			if (!idempotency) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			const intent = { intent: intentOf(user.id, idempotency.key), hash: idempotency.hash };
			// A retry gets its sale whatever became of the product or the room meanwhile.
			const before = await madeBefore(this.sql, intent);
			if (before !== undefined) return this.shown(before, user.id);
			const sale = { ...(await this.prepare(ctx, user.id)), ...intent };
			const perRoomMax = limits.flashSalesPerRoomMax;
			return this.shown(await createSale(this.sql, sale, { perRoomMax }), user.id);
		},

		get(ctx) {
			return this.shown(ctx.params.id, ctx.meta.user?.id);
		},

		async list(ctx) {
			const sales = await listSales(this.sql, ctx.params.id, limits.flashSalesShownMax);
			const now = new Date();
			const items = sales.map((sale) => saleView(sale, now));
			return { serverTime: now.toISOString(), items };
		},

		async buy(ctx) {
			const { id, quantity, addressId } = ctx.params;
			const { idempotency } = ctx.locals;
			const { user } = ctx.meta;
			if (!idempotency) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			const standing = await this.standings.get(id);
			if (standing.sale.hostId === user.id) throw flashSaleErrors.ORDER_OWN_GOODS();
			const intent: BuyIntent = {
				...{ intent: intentOf(user.id, idempotency.key), hash: idempotency.hash },
				...{ userId: user.id, quantity },
				address: await this.addressOf(ctx, user.id, addressId)
			};
			const answer = await this.desk.buy(standing, intent);
			const order = orderOfSale(standing.sale, answer);
			return { outcome: answer.outcome, ...(order ? { order } : {}) };
		},

		close(ctx) {
			return this.move(ctx, "close");
		},

		cancel(ctx) {
			return this.move(ctx, "cancel");
		}
	},
	channels: {
		/** Safe to repeat: what is over stays over. */
		async "rooms.ended"(ctx) {
			await this.over(await this.sql.transaction((tx) => endSalesOf(tx, ctx.params.roomId)));
		}
	},
	created() {
		const { currency, coinsPerUnit } = envOf(this.broker);
		this.currency = currency;
		this.gate = this.redis ? redisGateStore(this.redis) : memoryGateStore();
		this.standings = new Standings(this.sql);
		const { sql: db, gate } = this;
		const takeIds = (count: number) => this.takeIds(count);
		const onCommit = watchCommits(this.broker, "flash-sales");
		const openLane = (saleId: string) => buyingIn(saleId, { db, coinsPerUnit, takeIds, onCommit });
		this.desk = new Desk({ db, gate, openLane });
	},
	async started() {
		const held = await this.lease.hold("flash-sales.watch", {
			ttlMs: limits.flashSaleLeaseMilliseconds
		});
		const { sql: db, gate, logger } = this;
		const onLeak = countLeaks(this.broker);
		this.watcher = new Watcher({ db, gate, held, logger, onLeak });
		this.watcher.start();
	},
	async stopped() {
		await this.watcher?.stop();
		await this.desk.stop();
	}
});
