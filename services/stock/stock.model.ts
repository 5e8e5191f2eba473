/** The tables `stock_warehouses`, `stock_levels`, `stock_movements` and `stock_adjustments`. */
import { limits } from "../../config/limits.ts";
import {
	isUniqueViolation,
	lockInOrder,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";
import {
	type Counts,
	chainStart,
	type LevelKey,
	type Movement,
	settlingKinds
} from "./stock.rules.ts";

export interface LevelRow {
	id: number;
	sku_id: number;
	warehouse_id: number;
	on_hand: number;
	reserved: number;
	sold: number;
	version: number;
	hash: string;
}

export interface LevelState extends Counts {
	readonly id: number;
	readonly skuId: string;
	readonly warehouseId: string;
	/** Sequence of the last movement, and its hash. */
	readonly version: number;
	readonly hash: string;
}

export interface ChangedLevel extends LevelState {
	/** What the row in the table still says. */
	readonly lockedVersion: number;
}

export interface KnownMovement {
	readonly levelId: number;
	readonly kind: string;
	readonly reference: string;
	readonly quantity: number;
}

export interface NewMovement extends Movement {
	readonly hash: string;
}

const marks = (count: number): string => Array(count).fill("?").join(",");

/** The rows of a statement, in parts that no packet or list of parameters is too small for. */
const inParts = function* <T>(rows: readonly T[], size: number): Generator<readonly T[]> {
	for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
};

const levelState = (row: LevelRow): LevelState => ({
	id: row.id,
	skuId: String(row.sku_id),
	warehouseId: String(row.warehouse_id),
	onHand: row.on_hand,
	reserved: row.reserved,
	sold: row.sold,
	version: row.version,
	hash: row.hash
});

export async function insertLevels(tx: Transaction, keys: readonly LevelKey[]): Promise<void> {
	for (const part of inParts(keys, limits.stockRowsPerStatementMax)) {
		await tx.execute(
			`INSERT INTO stock_levels
				(id, sku_id, warehouse_id, on_hand, reserved, sold, version, hash)
				VALUES ${placeholders(part.length, 8)}`,
			part.flatMap(({ id, skuId, warehouseId }) => [
				...[id, skuId, warehouseId, 0, 0, 0, 0, chainStart]
			])
		);
	}
}

/** Locks those of the levels that are there, lowest id first. */
export async function lockLevels(tx: Transaction, ids: readonly number[]): Promise<LevelState[]> {
	const rows = await lockInOrder<LevelRow>(tx, "stock_levels", ids.map(String));
	return rows.map(levelState);
}

/** The levels of these SKUs, lowest SKU first; without a lock, for showing. */
export async function findLevels(db: Queryable, skuIds: readonly string[]): Promise<LevelState[]> {
	if (skuIds.length === 0) return [];
	const rows = await db.query<LevelRow>(
		`SELECT * FROM stock_levels WHERE sku_id IN (${marks(skuIds.length)})
			ORDER BY sku_id, warehouse_id`,
		skuIds
	);
	return rows.map(levelState);
}

export async function hasWarehouse(db: Queryable, id: string): Promise<boolean> {
	return (await db.query("SELECT id FROM stock_warehouses WHERE id = ?", [id])).length > 0;
}

/** All that these references ever did. */
export async function findMovements(
	db: Queryable,
	references: readonly string[]
): Promise<KnownMovement[]> {
	const found: KnownMovement[] = [];
	for (const part of inParts(references, limits.stockRowsPerStatementMax)) {
		const rows = await db.query<Omit<KnownMovement, "levelId"> & { level_id: number }>(
			`SELECT level_id, kind, reference, quantity FROM stock_movements
				WHERE reference IN (${marks(part.length)})`,
			part
		);
		for (const { level_id, ...row } of rows) found.push({ ...row, levelId: level_id });
	}
	return found;
}

/** False when another transaction has just used one of the references; then nothing was written. */
export async function insertMovements(
	tx: Transaction,
	movements: readonly NewMovement[]
): Promise<boolean> {
	if (movements.length === 0) return true;
	try {
		await tx.execute(
			`INSERT INTO stock_movements
				(level_id, sequence, kind, reference, settled, quantity, on_hand, reserved, sold,
					actor_id, reason, at, hash)
				VALUES ${placeholders(movements.length, 13)}`,
			movements.flatMap(({ levelId, sequence, kind, reference, ...rest }) => [
				...[levelId, sequence, kind, reference, settledOf(kind, reference)],
				...[rest.quantity, rest.onHand, rest.reserved, rest.sold],
				...[rest.actorId, rest.reason, rest.at, rest.hash]
			])
		);
		return true;
	} catch (error) {
		const names = ["stock_movements_reference", "stock_movements_settled"];
		if (names.some((name) => isUniqueViolation(error, name))) return false;
		throw error;
	}
}

/** A reservation is settled once: the unique key of this column holds it. */
const settledOf = (kind: string, reference: string): string | null =>
	settlingKinds.includes(kind) ? reference : null;

const columns = [
	["on_hand", "onHand"],
	["reserved", "reserved"],
	["sold", "sold"],
	["version", "version"],
	["hash", "hash"]
] as const;

/**
 * Writes locked levels, many in one statement. The condition and the CHECKs of the table decide
 * once more: a level that is not as it was when it was locked, or that would fall below zero,
 * undoes the transaction.
 */
export async function writeLevels(tx: Transaction, levels: readonly ChangedLevel[]): Promise<void> {
	for (const part of inParts(levels, limits.stockLevelsPerUpdateMax)) {
		const cases = "WHEN ? THEN ? ".repeat(part.length);
		const { affectedRows } = await tx.execute(
			`UPDATE stock_levels
				SET ${columns.map(([column]) => `${column} = CASE id ${cases}END`).join(", ")}
				WHERE ${part.map(() => "(id = ? AND version = ?)").join(" OR ")}`,
			[
				...columns.flatMap(([, name]) => part.flatMap((level) => [level.id, level[name]])),
				...part.flatMap(({ id, lockedVersion }) => [id, lockedVersion])
			]
		);
		if (affectedRows !== part.length) throw new Error("A locked stock level was changed.");
	}
}

export interface ShownMovement extends Counts {
	readonly sequence: number;
	readonly kind: Movement["kind"];
	readonly reference: string;
	readonly quantity: number;
	readonly reason: string | null;
	readonly at: Date;
}

/** Movements of one level before that sequence, the last one first. */
export async function listMovements(
	db: Queryable,
	query: { levelId: number; before: number | undefined; limit: number }
): Promise<ShownMovement[]> {
	const { levelId, before, limit } = query;
	const rows = await db.query<Omit<ShownMovement, "onHand"> & { on_hand: number }>(
		`SELECT sequence, kind, reference, quantity, on_hand, reserved, sold, reason, at
			FROM stock_movements
			WHERE level_id = ? ${before === undefined ? "" : "AND sequence < ?"}
			ORDER BY sequence DESC LIMIT ?`,
		[levelId, ...(before === undefined ? [] : [before]), limit]
	);
	return rows.map(({ on_hand, ...row }) => ({ ...row, onHand: on_hand }));
}

export interface Adjustment extends Counts {
	readonly userId: string;
	readonly key: string;
	/** Of the request, so that one key cannot stand for two different ones. */
	readonly hash: string;
	readonly at: Date;
}

/** What the seller's key got the first time. */
export async function findAdjustment(
	db: Queryable,
	userId: string,
	key: string
): Promise<(Counts & { readonly hash: string }) | undefined> {
	const [row] = await db.query<Pick<LevelRow, "hash" | "on_hand" | "reserved" | "sold">>(
		`SELECT hash, on_hand, reserved, sold FROM stock_adjustments
			WHERE user_id = ? AND idempotency_key = ?`,
		[userId, key]
	);
	return row && { hash: row.hash, onHand: row.on_hand, reserved: row.reserved, sold: row.sold };
}

export async function insertAdjustment(tx: Transaction, row: Adjustment): Promise<void> {
	await tx.execute(
		`INSERT INTO stock_adjustments (user_id, idempotency_key, hash, on_hand, reserved, sold, at)
			VALUES ${placeholders(1, 7)}`,
		[row.userId, row.key, row.hash, row.onHand, row.reserved, row.sold, row.at]
	);
}
