/** What a movement does to the three numbers of a level, where levels are, and their chain. */
import { hash } from "node:crypto";
import { limits } from "../../config/limits.ts";

/** The warehouse that the migration makes. */
export const defaultWarehouseId = "1";

/** One SKU in one warehouse. */
export interface LevelKey {
	readonly id: number;
	readonly skuId: number;
	readonly warehouseId: number;
}

/**
 * Ids of levels are computed, not handed out: nothing has to be looked up before it is locked.
 * A SKU id that can have no stock is that of no SKU; it gets the id of a level that is never there.
 */
export function levelKey(skuId: string, warehouseId = defaultWarehouseId): LevelKey {
	const [sku, warehouse] = [Number(skuId), Number(warehouseId)];
	const exists =
		/^[1-9][0-9]{0,15}$/.test(skuId) &&
		/^[1-9][0-9]{0,3}$/.test(warehouseId) &&
		sku <= limits.stockSkuIdMax &&
		warehouse <= limits.warehouseIdMax;
	if (!exists) return { id: 0, skuId: 0, warehouseId: 0 };
	return {
		id: sku * (limits.warehouseIdMax + 1) + warehouse,
		skuId: sku,
		warehouseId: warehouse
	};
}

export interface Counts {
	readonly onHand: number;
	readonly reserved: number;
	readonly sold: number;
}

type Place = keyof Counts;

/** Where units are taken from and where they go; null is outside of our warehouses. */
export const movementKinds = {
	initial: { from: null, to: "onHand" },
	/** The only one whose quantity may be negative. */
	adjust: { from: null, to: "onHand" },
	reserve: { from: "onHand", to: "reserved" },
	release: { from: "reserved", to: "onHand" },
	sell: { from: "reserved", to: "sold" },
	"sell-now": { from: "onHand", to: "sold" },
	"give-back": { from: "sold", to: "onHand" }
} as const satisfies Record<string, { from: Place | null; to: Place }>;

export type MovementKind = keyof typeof movementKinds;

/** These two end what was reserved under a reference: it takes one of them, once. */
export const settlingKinds: readonly string[] = ["release", "sell"] satisfies MovementKind[];

/** What is there for a movement of this kind. */
export function availableFor(kind: MovementKind, counts: Counts): number {
	return counts[movementKinds[kind].from ?? "onHand"];
}

/** The numbers after a movement; undefined when it would take more than there is. */
export function moved(kind: MovementKind, before: Counts, quantity: number): Counts | undefined {
	const { from, to } = movementKinds[kind];
	const after = { onHand: before.onHand, reserved: before.reserved, sold: before.sold };
	if (from) after[from] -= quantity;
	after[to] += quantity;
	const fits = Object.values(after).every(
		(count) => count >= 0 && count <= limits.stockQuantityMax
	);
	return fits ? after : undefined;
}

/** Everything that a movement says. */
export interface Movement extends Counts {
	readonly levelId: number;
	/** 1, 2, 3 … within the level. */
	readonly sequence: number;
	readonly kind: MovementKind;
	readonly reference: string;
	readonly quantity: number;
	readonly actorId: string | null;
	readonly reason: string | null;
	readonly at: Date;
}

/** What stands before the first movement of a level. */
export const chainStart = "0".repeat(43);

/** The hash of a movement carries that of the movement before it in the same level. */
export function movementHash(previousHash: string, movement: Movement): string {
	return hash(
		"sha256",
		JSON.stringify([
			previousHash,
			movement.levelId,
			movement.sequence,
			movement.kind,
			movement.reference,
			movement.quantity,
			movement.onHand,
			movement.reserved,
			movement.sold,
			movement.actorId,
			movement.reason,
			// Milliseconds: a forged time that is none at all gives another hash, not an exception.
			Number(movement.at)
		]),
		"base64url"
	);
}

/** Throws `TypeError` for what is a bug of the caller. */
export function checkLine(kind: MovementKind, line: { quantity: number; reference: string }): void {
	const { quantity, reference } = line;
	const bounded = Number.isSafeInteger(quantity) && Math.abs(quantity) <= limits.stockQuantityMax;
	const signed = kind === "adjust" ? quantity !== 0 : quantity > 0;
	if (!bounded || !signed) throw new TypeError("A quantity is not a whole number within bounds.");
	const max = limits.stockReferenceCharactersMax;
	if (!/^[\x21-\x7e]+$/.test(reference) || reference.length > max) {
		throw new TypeError("The reference of a stock line is malformed.");
	}
}
