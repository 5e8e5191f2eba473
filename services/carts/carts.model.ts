/** The tables `carts_users` and `carts_lines`. */
import {
	isUniqueViolation,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";

export interface CartLine {
	readonly skuId: string;
	/** Where it was seen; its price there holds while that room is on. */
	readonly roomId: string | null;
	readonly quantity: number;
	readonly selected: boolean;
	/** Of one unit when it was put in, in minor units. */
	readonly price: number;
	readonly addedAt: Date;
}

interface StoredLine {
	sku_id: number;
	room_id: number | null;
	quantity: number;
	selected: number;
	price: number;
	added_at: Date;
}

const columns = "sku_id, room_id, quantity, selected, price, added_at";

/** The newest first. */
export async function findLines(db: Queryable, userId: string): Promise<CartLine[]> {
	const rows = await db.query<StoredLine>(
		`SELECT ${columns} FROM carts_lines WHERE user_id = ? ORDER BY added_at DESC, sku_id DESC`,
		[userId]
	);
	return rows.map((row) => ({
		skuId: String(row.sku_id),
		roomId: row.room_id === null ? null : String(row.room_id),
		quantity: Number(row.quantity),
		selected: Boolean(row.selected),
		price: Number(row.price),
		addedAt: row.added_at
	}));
}

/** Nobody else changes this user's cart until the transaction ends. */
export async function lockCart(tx: Transaction, userId: string): Promise<void> {
	const touch = () =>
		tx.execute("UPDATE carts_users SET changes = changes + 1 WHERE user_id = ?", [userId]);
	if ((await touch()).affectedRows === 1) return;
	try {
		await tx.execute("INSERT INTO carts_users (user_id, changes) VALUES (?, 1)", [userId]);
	} catch (error) {
		// Another first change came in between.
		if (!isUniqueViolation(error)) throw error;
		await touch();
	}
}

/** In place of what the cart has of these SKUs. */
export async function writeLines(
	tx: Transaction,
	userId: string,
	lines: readonly CartLine[]
): Promise<void> {
	await deleteLines(
		tx,
		userId,
		lines.map(({ skuId }) => skuId)
	);
	if (lines.length === 0) return;
	await tx.execute(
		`INSERT INTO carts_lines (user_id, ${columns}) VALUES ${placeholders(lines.length, 7)}`,
		lines.flatMap((line) => [
			...[userId, line.skuId, line.roomId, line.quantity, line.selected, line.price],
			line.addedAt
		])
	);
}

export async function deleteLines(
	tx: Transaction,
	userId: string,
	skuIds: readonly string[]
): Promise<void> {
	if (skuIds.length === 0) return;
	await tx.execute(
		`DELETE FROM carts_lines WHERE user_id = ? AND sku_id IN ${placeholders(1, skuIds.length)}`,
		[userId, ...skuIds]
	);
}
