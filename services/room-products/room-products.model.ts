/** The tables `room_products_rooms` and `room_products_goods`. */
import {
	isUniqueViolation,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";
import type { Placed } from "./room-products.rules.ts";

export interface RoomGoods {
	readonly version: number;
	readonly pinnedSkuId: string | null;
	/** In the host's order. */
	readonly goods: readonly Placed[];
}

interface StoredRoom {
	version: number;
	pinned_sku_id: number | null;
}

const noGoods: RoomGoods = { version: 0, pinnedSkuId: null, goods: [] };

export async function findGoods(db: Queryable, roomId: string): Promise<RoomGoods> {
	const [room] = await db.query<StoredRoom>(
		"SELECT version, pinned_sku_id FROM room_products_rooms WHERE room_id = ?",
		[roomId]
	);
	if (!room) return noGoods;
	const rows = await db.query<{ sku_id: number; price: number | null }>(
		`SELECT sku_id, price FROM room_products_goods WHERE room_id = ? ORDER BY position, sku_id`,
		[roomId]
	);
	return {
		version: room.version,
		pinnedSkuId: room.pinned_sku_id === null ? null : String(room.pinned_sku_id),
		goods: rows.map(({ sku_id, price }) => ({ skuId: String(sku_id), price }))
	};
}

/** The room's goods under the next version; nobody else changes them until the transaction ends. */
export async function lockGoods(tx: Transaction, roomId: string): Promise<RoomGoods> {
	const raise = () =>
		tx.execute("UPDATE room_products_rooms SET version = version + 1 WHERE room_id = ?", [roomId]);
	if ((await raise()).affectedRows === 0) {
		try {
			await tx.execute("INSERT INTO room_products_rooms (room_id, version) VALUES (?, 1)", [
				roomId
			]);
		} catch (error) {
			// Another first change of this room came in between.
			if (!isUniqueViolation(error)) throw error;
			await raise();
		}
	}
	return findGoods(tx, roomId);
}

export async function writePinned(
	tx: Transaction,
	roomId: string,
	skuId: string | null
): Promise<void> {
	await tx.execute("UPDATE room_products_rooms SET pinned_sku_id = ? WHERE room_id = ?", [
		skuId,
		roomId
	]);
}

/** Makes these, in this order, the goods of the room. */
export async function replaceGoods(
	tx: Transaction,
	roomId: string,
	goods: readonly Placed[]
): Promise<void> {
	await tx.execute("DELETE FROM room_products_goods WHERE room_id = ?", [roomId]);
	if (goods.length === 0) return;
	await tx.execute(
		`INSERT INTO room_products_goods (room_id, sku_id, price, position)
			VALUES ${placeholders(goods.length, 4)}`,
		goods.flatMap(({ skuId, price }, position) => [roomId, skuId, price, position])
	);
}

/** Rooms in which one of these SKUs is sold. */
export async function findRoomsWith(db: Queryable, skuIds: readonly string[]): Promise<string[]> {
	if (skuIds.length === 0) return [];
	const rows = await db.query<{ room_id: number }>(
		`SELECT DISTINCT room_id FROM room_products_goods
			WHERE sku_id IN ${placeholders(1, skuIds.length)} ORDER BY room_id`,
		skuIds
	);
	return rows.map(({ room_id }) => String(room_id));
}

export async function findPrices(
	db: Queryable,
	goods: readonly { readonly roomId: string; readonly skuId: string }[]
): Promise<Map<string, number | null>> {
	if (goods.length === 0) return new Map();
	const rows = await db.query<{ room_id: number; sku_id: number; price: number | null }>(
		`SELECT room_id, sku_id, price FROM room_products_goods
			WHERE ${goods.map(() => "(room_id = ? AND sku_id = ?)").join(" OR ")}`,
		goods.flatMap(({ roomId, skuId }) => [roomId, skuId])
	);
	return new Map(rows.map((row) => [`${row.room_id} ${row.sku_id}`, row.price]));
}
