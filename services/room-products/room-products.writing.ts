/** Changes of a room's goods, each in one transaction with what it tells. */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import { publish } from "../outbox/outbox.tx.ts";
import { roomProductErrors } from "./room-products.errors.ts";
import { lockGoods, type RoomGoods, replaceGoods, writePinned } from "./room-products.model.ts";
import type { Placed } from "./room-products.rules.ts";
import { type Card, goodCard } from "./room-products.view.ts";

export interface GoodsChange {
	readonly roomId: string;
	/** What is known of the good that the change is about; null when it is about all. */
	readonly card: Card | null;
	/** The goods after it; the same list when nothing changes. */
	readonly work: (goods: readonly Placed[]) => readonly Placed[];
}

const priceIn = (goods: readonly Placed[], skuId: string): number | null =>
	goods.find((good) => good.skuId === skuId)?.price ?? null;

export async function changeGoods(tx: Transaction, change: GoodsChange): Promise<void> {
	const { roomId, card, work } = change;
	const before = await lockGoods(tx, roomId);
	const goods = work(before.goods);
	if (goods === before.goods) return;
	const max = limits.roomProductsMax;
	if (goods.length > max) throw roomProductErrors.TOO_MANY_GOODS({ max });
	await replaceGoods(tx, roomId, goods);
	await tellChanged(tx, { roomId, card, version: before.version, goods });
	const pinned = before.pinnedSkuId;
	if (card && pinned === card.skuId && goods.every(({ skuId }) => skuId !== pinned)) {
		await unpin(tx, { roomId, card, before });
	}
}

interface Told {
	readonly roomId: string;
	readonly card: Card | null;
	readonly version: number;
	readonly goods: readonly Placed[];
}

async function tellChanged(tx: Transaction, { roomId, card, version, goods }: Told): Promise<void> {
	const good = card && goodCard(card, priceIn(goods, card.skuId));
	const at = new Date().toISOString();
	await publish(tx, "room-products.changed", { roomId, good, version, at });
}

interface Pinned {
	readonly roomId: string;
	readonly card: Card;
	readonly before: RoomGoods;
}

async function unpin(tx: Transaction, { roomId, card, before }: Pinned): Promise<void> {
	await writePinned(tx, roomId, null);
	await tellPinned(tx, { roomId, card, before }, "unpinned");
}

async function tellPinned(
	tx: Transaction,
	{ roomId, card, before }: Pinned,
	type: "pinned" | "unpinned"
): Promise<void> {
	const good = goodCard(card, priceIn(before.goods, card.skuId));
	const at = new Date().toISOString();
	await publish(tx, "room-products.pinned", { roomId, type, good, version: before.version, at });
}

/** Shows the good of `card`. Throws NOT_FOUND unless it is sold in the room. */
export async function pinGood(tx: Transaction, roomId: string, card: Card): Promise<void> {
	const before = await lockGoods(tx, roomId);
	const isSold = before.goods.some(({ skuId }) => skuId === card.skuId);
	if (!isSold) throw commonErrors.NOT_FOUND();
	if (before.pinnedSkuId === card.skuId) return;
	await writePinned(tx, roomId, card.skuId);
	await tellPinned(tx, { roomId, card, before }, "pinned");
}

/** Shows none any more; nothing happens when another is shown by now. */
export async function unpinGood(tx: Transaction, roomId: string, card: Card): Promise<void> {
	const before = await lockGoods(tx, roomId);
	if (before.pinnedSkuId === card.skuId) await unpin(tx, { roomId, card, before });
}

/** The product of these SKUs changed: the room shows it, and does not explain what is off sale. */
export async function productChanged(
	tx: Transaction,
	roomId: string,
	cards: readonly Card[]
): Promise<void> {
	const before = await lockGoods(tx, roomId);
	const sold = before.goods.flatMap(
		({ skuId }) => cards.find((card) => card.skuId === skuId) ?? []
	);
	const pinned = sold.find(({ skuId }) => skuId === before.pinnedSkuId);
	const card = pinned ?? sold[0];
	if (!card) return;
	await tellChanged(tx, { roomId, card, version: before.version, goods: before.goods });
	if (pinned && !pinned.onSale) await unpin(tx, { roomId, card: pinned, before });
}
