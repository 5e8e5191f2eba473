/** From a list of goods to orders: priced here, checked again where they are written. */
import { limits } from "../../config/limits.ts";
import type { Call } from "../../lib/context.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { takeOut } from "../carts/carts.tx.ts";
import { offersIn } from "../products/products.tx.ts";
import { goodKey, pricesIn } from "../room-products/room-products.tx.ts";
import { reserve, type StockLine } from "../stock/stock.tx.ts";
import { orderErrors } from "./orders.errors.ts";
import { type Intent, takeKey, type Use } from "./orders.intents.model.ts";
import type { AddressCopy, OrderLine } from "./orders.model.ts";
import { amountOf, bySeller, coinsFor, stockReference } from "./orders.rules.ts";
import { writeOrders } from "./orders.tx.ts";
import type { NewOrder } from "./orders.writes.model.ts";

export interface Item {
	readonly skuId: string;
	readonly quantity: number;
	readonly roomId?: string | undefined;
}

export interface Draft {
	readonly sellerId: string;
	readonly lines: readonly OrderLine[];
	readonly total: number;
	readonly totalCoins: number;
}

export interface Pricing {
	readonly buyerId: string;
	readonly coinsPerUnit: number;
}

/** What the goods come to now, per seller. Throws what speaks against it. */
export async function draftsOf(
	call: Call,
	items: readonly Item[],
	{ buyerId, coinsPerUnit }: Pricing
): Promise<Draft[]> {
	const wishes = items.map(({ skuId, roomId = null }) => ({ skuId, roomId }));
	const offers = await call("room-products.offers", { items: wishes });
	const lines = items.map(({ skuId, quantity, roomId = null }, index) => {
		const { sku = null, roomPrice = null } = offers.items[index] ?? {};
		if (!sku?.onSale) throw orderErrors.SKU_NOT_ON_SALE({ skuId });
		if (roomId !== null && !roomPrice) throw orderErrors.ROOM_OFFER_OVER({ skuId, roomId });
		if (sku.sellerId === buyerId) throw orderErrors.ORDER_OWN_GOODS({ skuId });
		const price = roomPrice ?? sku.price;
		const { productId, sellerId, title, pictureUrl, attributes } = sku;
		return {
			...{ skuId, productId, sellerId, roomId, title, pictureUrl, attributes, quantity },
			...{ price: price.amount, amount: amountOf(price, quantity), currency: price.currency }
		};
	});
	return bySeller(lines).map((own) => draftOf(own, coinsPerUnit));
}

function draftOf(
	lines: readonly (OrderLine & { readonly currency: string })[],
	coinsPerUnit: number
): Draft {
	const total = lines.reduce((sum, { amount }) => sum + amount, 0);
	const { sellerId = "", currency = "" } = lines[0] ?? {};
	const { moneyMinorUnitsMax, coinsMax } = limits;
	// The sum may be above all whole numbers that a double holds; then it is above this bound too.
	const isTooLarge = total > moneyMinorUnitsMax;
	const totalCoins = isTooLarge ? 0 : coinsFor({ amount: total, currency }, coinsPerUnit);
	if (isTooLarge || totalCoins > coinsMax) throw orderErrors.ORDER_TOO_LARGE();
	return { sellerId, lines, total, totalCoins };
}

/** What all of them come to, which one payment must be able to take. Throws ORDER_TOO_LARGE. */
export function sumOf(drafts: readonly Draft[]): { total: number; totalCoins: number } {
	const total = drafts.reduce((sum, draft) => sum + draft.total, 0);
	const totalCoins = drafts.reduce((sum, draft) => sum + draft.totalCoins, 0);
	if (total > limits.moneyMinorUnitsMax || totalCoins > limits.coinsMax) {
		throw orderErrors.ORDER_TOO_LARGE();
	}
	return { total, totalCoins };
}

export interface Placing {
	readonly intent: Intent;
	readonly address: AddressCopy;
	readonly drafts: readonly Draft[];
	/** One per draft. */
	readonly orderIds: readonly string[];
	readonly currency: string;
	readonly placedAt: Date;
	readonly expiresAt: Date;
}

/**
 * Writes the orders and reserves their goods, all or nothing; anything but `new` wrote nothing.
 * Throws STOCK_TOO_LOW, and OFFER_CHANGED when what was read before does not hold any more.
 */
export async function place(tx: Transaction, placing: Placing): Promise<Use> {
	const { intent, address, placedAt } = placing;
	const { userId, reference: id } = intent;
	const use = await takeKey(tx, intent, placedAt);
	if (use !== "new") return use;
	const orders = ordersOf(placing);
	const lines = orders.flatMap((order) => order.lines);
	await checkOffers(tx, lines);
	const skuIds = [...new Set(lines.map(({ skuId }) => skuId))];
	await takeOut(tx, userId, skuIds);
	await reserveAll(tx, orders);
	await writeOrders(tx, { checkouts: [{ id, userId, address, placedAt }], orders });
	return use;
}

function ordersOf({ intent, drafts, orderIds, ...common }: Placing): NewOrder[] {
	const { userId, reference: checkoutId } = intent;
	const { currency, placedAt, expiresAt } = common;
	return drafts.map(({ sellerId, lines, total, totalCoins }, index) => ({
		...{ id: orderIds[index] as string, checkoutId, userId, sellerId, lines },
		...{ total, currency, totalCoins, source: "shop", sourceId: null, placedAt, expiresAt }
	}));
}

/** Sold is what the database says now, for the price that stands in it. */
async function checkOffers(tx: Transaction, lines: readonly OrderLine[]): Promise<void> {
	const offers = await offersIn(
		tx,
		lines.map(({ skuId }) => skuId)
	);
	const inRooms = lines.flatMap(({ skuId, roomId }) => (roomId === null ? [] : { skuId, roomId }));
	const prices = await pricesIn(tx, inRooms);
	for (const { skuId, roomId, price, title, sellerId } of lines) {
		const offer = offers.get(skuId);
		const inRoom = roomId === null ? null : prices.get(goodKey({ roomId, skuId }));
		const isSame =
			offer?.onSale &&
			inRoom !== undefined &&
			price === (inRoom ?? offer.price.amount) &&
			title === offer.title &&
			sellerId === offer.sellerId;
		if (!isSame) throw orderErrors.OFFER_CHANGED({ skuId });
	}
}

async function reserveAll(tx: Transaction, orders: readonly NewOrder[]): Promise<void> {
	const lines = orders.flatMap((order) =>
		order.lines.map(
			({ skuId, quantity }, index): StockLine => ({
				...{ skuId, quantity },
				reference: stockReference(order.id, index + 1)
			})
		)
	);
	const verdicts = await reserve(tx, lines, { allOrNothing: true });
	for (const [index, verdict] of verdicts.entries()) {
		if (verdict.outcome !== "insufficient") continue;
		const { skuId } = lines[index] as StockLine;
		throw orderErrors.STOCK_TOO_LOW({ skuId, available: verdict.available });
	}
	if (!verdicts.every(({ outcome }) => outcome === "done")) {
		throw new Error("Goods of a new order were reserved before.");
	}
}
