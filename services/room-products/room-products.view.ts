/** How the goods of a room leave the service. */
import type { Static } from "../../lib/schemas.ts";
import type { SkuCard } from "../products/products.contract.ts";
import type { RoomGoods } from "./room-products.model.ts";

export type Card = Static<typeof SkuCard>;

/** A room's goods with what is shown of their products, as the cache keeps them. */
export interface ShownGoods extends RoomGoods {
	readonly hostId: string;
	readonly cards: Card[];
}

/** What a message says of a good; `price` is that of the room, in minor units. */
export const goodCard = (card: Card, price: number | null) => ({
	...{ skuId: card.skuId, productId: card.productId, title: card.title },
	price: { amount: price ?? card.price.amount, currency: card.price.currency },
	pictureUrl: card.pictureUrl
});

/** `withHidden`: goods that are not on sale too, for the host. */
export function goodViews(
	{ goods, cards, pinnedSkuId }: ShownGoods,
	available: ReadonlyMap<string, number>,
	withHidden: boolean
) {
	return goods.flatMap(({ skuId, price }, position) => {
		const card = cards.find((one) => one.skuId === skuId);
		if (!card || !(card.onSale || withHidden)) return [];
		const { sellerId, attributes, price: listPrice, onSale } = card;
		const shown = { ...goodCard(card, price), sellerId, attributes, listPrice, onSale, position };
		const pinned = onSale && skuId === pinnedSkuId;
		return [{ ...shown, stock: available.get(skuId) ?? 0, pinned }];
	});
}
