/** What a cart shows of a line, from what was put in and what holds now. Pure. */
import { limits } from "../../config/limits.ts";
import type { Static } from "../../lib/schemas.ts";
import type { SkuCard } from "../products/products.contract.ts";
import type { CartLine } from "./carts.model.ts";

/** What holds now of one line. */
export interface Offer {
	/** Null when there is no such SKU any more. */
	readonly sku: Static<typeof SkuCard> | null;
	/** In the line's room; null when that offer is over. */
	readonly roomPrice: { readonly amount: number; readonly currency: string } | null;
	readonly available: number;
}

export type ShownLine = ReturnType<typeof shownLine>;

/** Of a SKU that exists. */
export function shownLine(
	line: CartLine,
	{ sku, roomPrice, available }: Offer & { sku: Static<typeof SkuCard> }
) {
	const { onSale, price: listPrice, skuId, productId, sellerId, title, attributes } = sku;
	const price = roomPrice ?? listPrice;
	const isShort = available < line.quantity;
	const stockFault = isShort ? ("not-enough-stock" as const) : null;
	return {
		...{ skuId, productId, sellerId, title, pictureUrl: sku.pictureUrl, attributes },
		...{ quantity: line.quantity, selected: line.selected },
		roomId: roomPrice ? line.roomId : null,
		price,
		priceWhenAdded: { amount: line.price, currency: price.currency },
		priceChanged: price.amount !== line.price,
		available,
		invalid: onSale ? stockFault : ("withdrawn" as const)
	};
}

/** Of what is selected and can be ordered, in minor units; up to what one order may come to. */
export const selectedSum = (
	lines: readonly Pick<ShownLine, "selected" | "invalid" | "price" | "quantity">[]
): number =>
	lines
		.filter(({ selected, invalid }) => selected && invalid === null)
		.reduce(
			(sum, { price, quantity }) =>
				Math.min(limits.moneyMinorUnitsMax, sum + price.amount * quantity),
			0
		);

/** What a guest brings; of a SKU that comes twice the larger quantity stands. */
export interface Wish {
	readonly skuId: string;
	readonly quantity: number;
	readonly roomId?: string | undefined;
}

/** Safe to repeat: brought again, nothing changes. */
export function largest(wishes: readonly Wish[]): Wish[] {
	const bySku = new Map<string, Wish>();
	for (const wish of wishes) {
		const known = bySku.get(wish.skuId);
		if (!known || known.quantity < wish.quantity) bySku.set(wish.skuId, wish);
	}
	return [...bySku.values()];
}
