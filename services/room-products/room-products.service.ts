import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { type Ctx, typed } from "../../lib/context.ts";
import { commonErrors, isError } from "../../lib/errors.ts";
import { Recent } from "../../lib/recent.ts";
import { service } from "../../lib/service.ts";
import { cache, type Namespace } from "../../mixins/cache/index.ts";
import { sql, type Transaction } from "../../mixins/sql/index.ts";
import { once } from "../outbox/outbox.tx.ts";
import { roomProducts } from "./room-products.contract.ts";
import { roomProductErrors } from "./room-products.errors.ts";
import { findGoods, findPrices, findRoomsWith } from "./room-products.model.ts";
import { type Placed, placed, sorted } from "./room-products.rules.ts";
import { type Card, goodViews, type ShownGoods } from "./room-products.view.ts";
import {
	changeGoods,
	type GoodsChange,
	pinGood,
	productChanged,
	unpinGood
} from "./room-products.writing.ts";

const cacheName = "room-products.goods";

/** What changes of a good may say of it. */
interface GoodParams {
	readonly skuId: string;
	readonly price?: { readonly amount: number; readonly currency: string } | null;
	readonly position?: number;
}

export default service(roomProducts, {
	mixins: [sql(), cache()],
	dependencies: ["rooms", "products", "stock"],
	/** Made in `created`, when the cache is there. */
	state: () => ({}) as { kept: Namespace; stocks: Recent<Map<string, number>>; currency: string },
	methods: {
		/** Throws NOT_FOUND when there is no such room. */
		async shown(roomId: string): Promise<ShownGoods> {
			const found = await this.kept.get(roomId, () => this.load(roomId));
			if (!found) throw commonErrors.NOT_FOUND();
			return found;
		},

		async load(roomId: string): Promise<ShownGoods> {
			const { call } = typed(this.broker);
			const { host } = await call("rooms.get", { id: roomId });
			const room = await findGoods(this.sql, roomId);
			return { ...room, hostId: host.id, cards: await this.cards(room.goods) };
		},

		async cards(goods: readonly { readonly skuId: string }[]): Promise<Card[]> {
			if (goods.length === 0) return [];
			const skuIds = goods.map(({ skuId }) => skuId);
			return (await typed(this.broker).call("products.skus", { skuIds })).items;
		},

		async card(skuId: string): Promise<Card> {
			const [card] = await this.cards([{ skuId }]);
			if (!card) throw commonErrors.NOT_FOUND();
			return card;
		},

		/** Everybody who enters a hot room asks, so the numbers are shared for a moment. */
		async view(roomId: string, viewerId: string | undefined) {
			const room = await this.shown(roomId);
			const available = await this.stocks.get(`${roomId}:${room.version}`);
			const items = goodViews(room, available, viewerId === room.hostId);
			return { version: room.version, items };
		},

		async pinnedView(roomId: string) {
			const { version, items } = await this.view(roomId, undefined);
			return { version, pinned: items.find(({ pinned }) => pinned) ?? null };
		},

		async readStock(key: string): Promise<Map<string, number>> {
			const [roomId = ""] = key.split(":");
			const skuIds = (await this.shown(roomId)).goods.map(({ skuId }) => skuId);
			if (skuIds.length === 0) return new Map();
			const { items } = await typed(this.broker).call("stock.available", { skuIds });
			return new Map(items.map(({ skuId, available }) => [skuId, available]));
		},

		async roomsThatAreOn(roomIds: readonly string[]): Promise<string[]> {
			const found = roomIds.map(async (id) => {
				try {
					const { status } = await typed(this.broker).call("rooms.get", { id });
					return status === "live" || status === "paused" ? [id] : [];
				} catch (error) {
					if (isError(error, "NOT_FOUND")) return [];
					throw error;
				}
			});
			return (await Promise.all(found)).flat();
		},

		/** For the `owner` rule: goods belong to the host of the room. */
		async findOwned({ id }: { id: string }) {
			const room = await typed(this.broker).call("rooms.get", { id });
			return { userId: room.host.id };
		},

		priceOf(price: GoodParams["price"]): number | null | undefined {
			if (!price) return price;
			if (price.currency !== this.currency) {
				throw roomProductErrors.CURRENCY_NOT_ALLOWED({ currency: this.currency });
			}
			return price.amount;
		},

		async inRoom(roomId: string, work: (tx: Transaction) => Promise<void>): Promise<void> {
			await this.sql.transaction(async (tx) => {
				await work(tx);
				await this.cache.invalidate(tx, cacheName, [roomId]);
			});
		},

		async change(ctx: Ctx, change: GoodsChange) {
			await this.inRoom(change.roomId, (tx) => changeGoods(tx, change));
			return this.view(change.roomId, ctx.meta.user?.id);
		},

		/** The good with what is told of it; `old` is what it was, if it is sold here. */
		withGood(goods: readonly Placed[], params: GoodParams): Placed[] {
			const old = goods.find(({ skuId }) => skuId === params.skuId);
			const price = this.priceOf(params.price);
			const good = {
				skuId: params.skuId,
				price: price === undefined ? (old?.price ?? null) : price
			};
			return placed(goods, good, params.position);
		}
	},
	actions: {
		list(ctx) {
			return this.view(ctx.params.id, ctx.meta.user?.id);
		},

		async add(ctx) {
			const { id: roomId, ...params } = ctx.params;
			const card = await this.card(params.skuId);
			if (card.sellerId !== ctx.meta.user.id) throw roomProductErrors.SKU_NOT_YOURS();
			if (!card.onSale) throw roomProductErrors.SKU_NOT_ON_SALE();
			return this.change(ctx, { roomId, card, work: (goods) => this.withGood(goods, params) });
		},

		async update(ctx) {
			const { id: roomId, ...params } = ctx.params;
			const card = await this.card(params.skuId);
			const work = (goods: readonly Placed[]) => {
				const isSold = goods.some(({ skuId }) => skuId === params.skuId);
				if (!isSold) throw commonErrors.NOT_FOUND();
				return this.withGood(goods, params);
			};
			return this.change(ctx, { roomId, card, work });
		},

		sort(ctx) {
			const { id: roomId, skuIds } = ctx.params;
			const work = (goods: readonly Placed[]) => {
				const all = sorted(goods, skuIds);
				if (!all) throw commonErrors.NOT_FOUND();
				return all;
			};
			return this.change(ctx, { roomId, card: null, work });
		},

		async remove(ctx) {
			const { id: roomId, skuId } = ctx.params;
			const card = await this.card(skuId);
			const work = (goods: readonly Placed[]) => {
				const left = goods.filter((good) => good.skuId !== skuId);
				return left.length === goods.length ? goods : left;
			};
			return this.change(ctx, { roomId, card, work });
		},

		async pin(ctx) {
			const { id: roomId, skuId } = ctx.params;
			const { pinnedSkuId } = await findGoods(this.sql, roomId);
			const about = skuId ?? pinnedSkuId;
			if (about !== null) {
				const card = await this.card(about);
				if (skuId !== null && !card.onSale) throw roomProductErrors.SKU_NOT_ON_SALE();
				await this.inRoom(roomId, (tx) =>
					skuId === null ? unpinGood(tx, roomId, card) : pinGood(tx, roomId, card)
				);
			}
			return this.pinnedView(roomId);
		},

		pinned(ctx) {
			return this.pinnedView(ctx.params.id);
		},

		async offers(ctx) {
			const { items } = ctx.params;
			const cards = new Map((await this.cards(items)).map((card) => [card.skuId, card]));
			const rooms = new Set(items.flatMap(({ roomId }) => roomId ?? []));
			const on = new Set(await this.roomsThatAreOn([...rooms]));
			const inRooms = items.flatMap(({ roomId, skuId }) =>
				roomId !== null && on.has(roomId) ? [{ roomId, skuId }] : []
			);
			const prices = await findPrices(this.sql, inRooms);
			return {
				items: items.map(({ roomId, skuId }) => {
					const sku = cards.get(skuId) ?? null;
					const price = prices.get(`${roomId} ${skuId}`);
					if (!sku || price === undefined) return { sku, roomPrice: null };
					return { sku, roomPrice: price === null ? sku.price : { ...sku.price, amount: price } };
				})
			};
		}
	},
	channels: {
		/** The first viewers find the goods in the cache. */
		async "rooms.wentLive"(ctx) {
			await this.view(ctx.params.roomId, undefined);
		},

		async "rooms.ended"(ctx) {
			const { roomId } = ctx.params;
			const { pinnedSkuId } = await findGoods(this.sql, roomId);
			if (pinnedSkuId === null) return;
			const card = await this.card(pinnedSkuId);
			await this.inRoom(roomId, async (tx) => {
				if (!(await once(tx, "room-products", ctx.headers["message-id"]))) return;
				await unpinGood(tx, roomId, card);
			});
		},

		async "products.changed"(ctx) {
			const { productId } = ctx.params;
			const { items: cards } = await typed(this.broker).call("products.skusOf", { productId });
			const roomIds = await findRoomsWith(
				this.sql,
				cards.map(({ skuId }) => skuId)
			);
			if (roomIds.length === 0) return;
			await this.sql.transaction(async (tx) => {
				if (!(await once(tx, "room-products", ctx.headers["message-id"]))) return;
				for (const roomId of roomIds) await productChanged(tx, roomId, cards);
				await this.cache.invalidate(tx, cacheName, roomIds);
			});
		}
	},
	created() {
		this.currency = envOf(this.broker).currency;
		this.kept = this.cache.namespace(cacheName, {
			ttlMs: limits.roomProductsCacheMilliseconds,
			nullTtlMs: limits.roomProductsAbsentCacheMilliseconds
		});
		this.stocks = new Recent((key) => this.readStock(key), {
			keptMs: limits.stockShownMillisecondsMax,
			entriesMax: limits.stockShownRoomsMax
		});
	}
});
