/** Gifts and their records as callers see them. */
import type { Plain } from "../../mixins/cache/index.ts";
import type { CatalogueGift } from "./gifts.catalogue.model.ts";
import type { GiftRecord } from "./gifts.model.ts";

export function giftView(
	gift: Pick<CatalogueGift, Exclude<keyof CatalogueGift, "retiredAt" | "updatedAt">>
) {
	const { id, names, price, effect, icon, countMax } = gift;
	return { id, name: names.en, names: { ...names }, price, effect, icon, countMax };
}

export const managedView = (gift: CatalogueGift) => ({
	...giftView(gift),
	retiredAt: gift.retiredAt?.toISOString() ?? null,
	updatedAt: gift.updatedAt.toISOString()
});

export const recordView = (record: GiftRecord) => ({
	id: record.id,
	roomId: record.roomId,
	sessionId: record.sessionId,
	gift: {
		id: record.giftId,
		name: record.giftName,
		effect: record.effect,
		icon: record.icon,
		price: record.price
	},
	count: record.count,
	coins: record.coins,
	at: record.at.toISOString()
});

/** As the cache hands it back. */
export type CachedGift = Plain<CatalogueGift>;
