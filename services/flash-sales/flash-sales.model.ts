/** The table `flash_sales_sales`. */
import { placeholders, type Queryable, type Transaction } from "../../mixins/sql/index.ts";
import type { SaleTerms, Status } from "./flash-sales.rules.ts";

export interface Sale extends SaleTerms {
	readonly id: string;
	readonly roomId: string;
	readonly hostId: string;
	readonly skuId: string;
	readonly productId: string;
	readonly title: string;
	readonly pictureUrl: string | null;
	readonly attributes: readonly { readonly name: string; readonly value: string }[];
	readonly currency: string;
	/** Of one unit, in minor units. */
	readonly price: number;
	readonly listPrice: number;
	readonly initial: number;
	readonly sold: number;
	/** Back in the normal stock. */
	readonly returned: number;
	readonly epoch: number;
	readonly version: number;
}

interface Row {
	id: number;
	room_id: number;
	host_id: number;
	sku_id: number;
	product_id: number;
	title: string;
	picture_url: string | null;
	attributes: string;
	currency: string;
	price: number;
	list_price: number;
	initial_units: number;
	left_units: number;
	sold_units: number;
	returned_units: number;
	limit_per_user: number;
	status: Status;
	starts_at: Date;
	ends_at: Date;
	epoch: number;
	version: number;
}

const saleOf = (row: Row): Sale => ({
	id: String(row.id),
	roomId: String(row.room_id),
	hostId: String(row.host_id),
	skuId: String(row.sku_id),
	productId: String(row.product_id),
	title: row.title,
	pictureUrl: row.picture_url,
	attributes: JSON.parse(row.attributes) as Sale["attributes"],
	currency: row.currency,
	price: Number(row.price),
	listPrice: Number(row.list_price),
	initial: Number(row.initial_units),
	left: Number(row.left_units),
	sold: Number(row.sold_units),
	returned: Number(row.returned_units),
	limitPerUser: Number(row.limit_per_user),
	status: row.status,
	startsAt: row.starts_at,
	endsAt: row.ends_at,
	epoch: Number(row.epoch),
	version: Number(row.version)
});

const columns = `id, room_id, host_id, sku_id, product_id, title, picture_url, attributes, currency,
	price, list_price, initial_units, left_units, sold_units, returned_units, limit_per_user, status,
	starts_at, ends_at, epoch, version`;

export type NewSale = Omit<Sale, "left" | "sold" | "returned" | "epoch" | "version" | "status"> & {
	readonly intent: string;
	readonly hash: string;
};

export async function insertSale(tx: Transaction, sale: NewSale): Promise<void> {
	await tx.execute(
		`INSERT INTO flash_sales_sales (${columns}, told, intent, request_hash)
			VALUES ${placeholders(1, 24)}`,
		[
			...[sale.id, sale.roomId, sale.hostId, sale.skuId, sale.productId, sale.title],
			...[sale.pictureUrl, JSON.stringify(sale.attributes), sale.currency, sale.price],
			...[sale.listPrice, sale.initial, sale.initial, 0, 0, sale.limitPerUser, "scheduled"],
			...[sale.startsAt, sale.endsAt, 0, 1, 0, sale.intent, sale.hash]
		]
	);
}

export async function findSale(db: Queryable, id: string): Promise<Sale | undefined> {
	const [row] = await db.query<Row>(`SELECT ${columns} FROM flash_sales_sales WHERE id = ?`, [id]);
	return row && saleOf(row);
}

/** What a key of a host has made before. */
export async function findSaleOf(
	db: Queryable,
	intent: string
): Promise<{ readonly id: string; readonly hash: string } | undefined> {
	const [row] = await db.query<{ id: number; request_hash: string }>(
		"SELECT id, request_hash FROM flash_sales_sales WHERE intent = ?",
		[intent]
	);
	return row && { id: String(row.id), hash: row.request_hash };
}

/** Nobody sells, returns or ends anything of the sale until the transaction is over. */
export async function lockSale(tx: Transaction, id: string): Promise<Sale | undefined> {
	const [row] = await tx.query<Row>(
		`SELECT ${columns} FROM flash_sales_sales WHERE id = ? ${tx.forUpdate}`,
		[id]
	);
	return row && saleOf(row);
}

/** The newest first. */
export async function listSales(db: Queryable, roomId: string, limit: number): Promise<Sale[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM flash_sales_sales WHERE room_id = ? ORDER BY id DESC LIMIT ?`,
		[roomId, limit]
	);
	return rows.map(saleOf);
}

/** Those that are not over, the oldest first. */
export async function openSalesOf(db: Queryable, roomId: string): Promise<Sale[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM flash_sales_sales
			WHERE room_id = ? AND status IN ('scheduled', 'open') ORDER BY id`,
		[roomId]
	);
	return rows.map(saleOf);
}

/** Sales that somebody must look after: open, to be opened by then, or to be ended. */
export async function watchedSales(db: Queryable, until: Date, limit: number): Promise<Sale[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM flash_sales_sales
			WHERE status IN ('scheduled', 'open') AND starts_at <= ? ORDER BY id LIMIT ?`,
		[until, limit]
	);
	return rows.map(saleOf);
}

/** Changed since they were last told of. */
export async function untoldSales(db: Queryable, limit: number): Promise<Sale[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM flash_sales_sales WHERE told = 0 ORDER BY id LIMIT ?`,
		[limit]
	);
	return rows.map(saleOf);
}

/** False when it has changed once more, so that there is still something to tell. */
export async function markTold(
	tx: Transaction,
	{ id, version }: Pick<Sale, "id" | "version">
): Promise<boolean> {
	const { affectedRows } = await tx.execute(
		"UPDATE flash_sales_sales SET told = 1 WHERE id = ? AND version = ? AND told = 0",
		[id, version]
	);
	return affectedRows === 1;
}

export interface UnitsMove {
	/** Signed; with `sold` and `returned` they sum to zero. */
	readonly left: number;
	readonly sold: number;
	readonly returned: number;
}

/**
 * Moves units of a locked sale. The condition and the CHECKs of the table decide once more: units
 * that are not there undo the transaction.
 */
export async function moveUnits(tx: Transaction, id: string, move: UnitsMove): Promise<void> {
	const { affectedRows } = await tx.execute(
		`UPDATE flash_sales_sales SET left_units = left_units + ?, sold_units = sold_units + ?,
			returned_units = returned_units + ?, version = version + 1, told = 0
			WHERE id = ? AND left_units >= ? AND sold_units >= ?`,
		[move.left, move.sold, move.returned, id, -move.left, -move.sold]
	);
	if (affectedRows !== 1) throw new Error(`Flash sale ${id} does not have these units.`);
}

/** Writes the status of a locked sale. */
export async function writeStatus(
	tx: Transaction,
	{ id, status: before }: Pick<Sale, "id" | "status">,
	status: Status
): Promise<void> {
	const { affectedRows } = await tx.execute(
		`UPDATE flash_sales_sales SET status = ?, version = version + 1, told = 0
			WHERE id = ? AND status = ?`,
		[status, id, before]
	);
	if (affectedRows !== 1) throw new Error(`Flash sale ${id} is not ${before} any more.`);
}

/** Takes the next epoch for a gate; false when somebody else has just taken it. */
export async function nextEpoch(
	db: Queryable,
	{ id, epoch }: Pick<Sale, "id" | "epoch">
): Promise<boolean> {
	const { affectedRows } = await db.execute(
		"UPDATE flash_sales_sales SET epoch = ? WHERE id = ? AND epoch = ?",
		[epoch + 1, id, epoch]
	);
	return affectedRows === 1;
}
