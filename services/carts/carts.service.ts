import { envOf } from "../../config/env.ts";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { service } from "../../lib/service.ts";
import { sql, type Transaction } from "../../mixins/sql/index.ts";
import { carts } from "./carts.contract.ts";
import { cartErrors } from "./carts.errors.ts";
import { type CartLine, deleteLines, findLines, lockCart, writeLines } from "./carts.model.ts";
import { largest, type Offer, selectedSum, shownLine, type Wish } from "./carts.rules.ts";

export default service(carts, {
	mixins: [sql()],
	dependencies: ["room-products", "stock"],
	/** Set in `created`. */
	state: () => ({}) as { currency: string },
	methods: {
		/** What holds now of these, in their order. */
		async offers(
			wishes: readonly { readonly skuId: string; readonly roomId?: string | null | undefined }[]
		): Promise<Offer[]> {
			if (wishes.length === 0) return [];
			const { call } = typed(this.broker);
			const skuIds = wishes.map(({ skuId }) => skuId);
			const items = wishes.map(({ skuId, roomId = null }) => ({ skuId, roomId }));
			const [offers, stocks] = await Promise.all([
				call("room-products.offers", { items }),
				call("stock.available", { skuIds })
			]);
			return offers.items.map((offer, index) => ({
				...offer,
				available: stocks.items[index]?.available ?? 0
			}));
		},

		async view(userId: string) {
			const lines = await findLines(this.sql, userId);
			const offers = await this.offers(lines);
			const items = lines.flatMap((line, index) => {
				const offer = offers[index];
				return offer?.sku ? [shownLine(line, { ...offer, sku: offer.sku })] : [];
			});
			return { items, selectedTotal: { amount: selectedSum(items), currency: this.currency } };
		},

		/** One at a time per user; `work` sees the cart as it is now. */
		change(userId: string, work: (tx: Transaction, lines: CartLine[]) => Promise<void>) {
			return this.sql.transaction(async (tx) => {
				await lockCart(tx, userId);
				await work(tx, await findLines(tx, userId));
			});
		},

		/** The line for a wish; undefined when it is not on sale. */
		lineFor(wish: Wish, { sku, roomPrice }: Offer): CartLine | undefined {
			if (!sku?.onSale) return undefined;
			const { skuId, quantity } = wish;
			const roomId = roomPrice && wish.roomId ? wish.roomId : null;
			const price = (roomPrice ?? sku.price).amount;
			return { skuId, roomId, quantity, selected: true, price, addedAt: new Date() };
		}
	},
	actions: {
		get(ctx) {
			return this.view(ctx.meta.user.id);
		},

		async put(ctx) {
			const { selected, ...wish } = ctx.params;
			const userId = ctx.meta.user.id;
			const [offer] = await this.offers([wish]);
			const fresh = offer && this.lineFor(wish, offer);
			await this.change(userId, async (tx, lines) => {
				const old = lines.find(({ skuId }) => skuId === wish.skuId);
				// What is withdrawn cannot be added, but what has been may still be changed.
				const line = old && (!fresh || wish.roomId === undefined) ? old : fresh;
				if (!line) throw cartErrors.SKU_NOT_ON_SALE({ skuId: wish.skuId });
				if (!old && lines.length >= limits.cartLinesMax) {
					throw cartErrors.CART_FULL({ max: limits.cartLinesMax });
				}
				const { addedAt } = old ?? line;
				const { quantity } = wish;
				const isSelected = selected ?? old?.selected ?? true;
				await writeLines(tx, userId, [{ ...line, addedAt, quantity, selected: isSelected }]);
			});
			return this.view(userId);
		},

		async remove(ctx) {
			const userId = ctx.meta.user.id;
			await this.change(userId, (tx) => deleteLines(tx, userId, [ctx.params.skuId]));
			return this.view(userId);
		},

		async merge(ctx) {
			const userId = ctx.meta.user.id;
			const wishes = largest(ctx.params.items);
			const offers = await this.offers(wishes);
			const brought = wishes.flatMap((wish, index) => {
				const line = this.lineFor(wish, offers[index] as Offer);
				return line ? [line] : [];
			});
			await this.change(userId, async (tx, lines) => {
				const known = new Map(lines.map((line) => [line.skuId, line]));
				const isNew = ({ skuId }: CartLine) => !known.has(skuId);
				const larger = brought.flatMap((line) => {
					const old = known.get(line.skuId);
					return old && old.quantity < line.quantity ? [{ ...old, quantity: line.quantity }] : [];
				});
				// A full cart takes what still fits.
				const room = Math.max(0, limits.cartLinesMax - lines.length);
				await writeLines(tx, userId, [...larger, ...brought.filter(isNew).slice(0, room)]);
			});
			return this.view(userId);
		}
	},
	created() {
		this.currency = envOf(this.broker).currency;
	}
});
