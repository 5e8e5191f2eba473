/** How sales and purchases leave the service. */
import type { Static } from "../../lib/schemas.ts";
import type { FlashSale } from "./flash-sales.contract.ts";
import type { Sale } from "./flash-sales.model.ts";
import type { Purchase } from "./flash-sales.purchases.model.ts";
import { statusAt } from "./flash-sales.rules.ts";

const termsView = (sale: Sale) => ({
	...{ roomId: sale.roomId, skuId: sale.skuId, title: sale.title },
	price: { amount: sale.price, currency: sale.currency },
	startsAt: sale.startsAt.toISOString(),
	endsAt: sale.endsAt.toISOString()
});

export const saleView = (sale: Sale, now: Date): Static<typeof FlashSale> => ({
	...termsView(sale),
	...{ id: sale.id, hostId: sale.hostId, productId: sale.productId },
	...{ pictureUrl: sale.pictureUrl, limitPerUser: sale.limitPerUser },
	attributes: sale.attributes.map((attribute) => ({ ...attribute })),
	listPrice: { amount: sale.listPrice, currency: sale.currency },
	stock: { initial: sale.initial, left: sale.left, sold: sale.sold },
	status: statusAt(sale, now)
});

/** What is told of a sale. */
export const saleFact = (sale: Sale, now: Date) => ({
	...termsView(sale),
	...{ saleId: sale.id, initial: sale.initial, left: sale.left, sold: sale.sold },
	...{ status: statusAt(sale, now), version: sale.version, at: now.toISOString() }
});

interface Bought {
	readonly orderId: string | null;
	readonly quantity: number;
	readonly expiresAt: Date | null;
}

/** The order as the sale made it; what became of it since is told by `orders`. */
export function orderOfSale(
	{ price, currency }: Pick<Sale, "price" | "currency">,
	{ orderId, quantity, expiresAt }: Bought
) {
	if (orderId === null) return undefined;
	const total = { amount: price * quantity, currency };
	return { id: orderId, number: orderId, total, expiresAt: expiresAt?.toISOString() ?? null };
}

export const purchasesView = (sale: Sale, purchases: readonly Purchase[]) =>
	purchases.flatMap((purchase) => {
		const order = orderOfSale(sale, purchase);
		if (!order) return [];
		const { quantity, at, releasedAt } = purchase;
		return [{ order, quantity, at: at.toISOString(), released: releasedAt !== null }];
	});
