/**
 * Checks all stock: every level against its movements, from the first to the last. It may run
 * beside a busy platform: movements are never changed, so a level is checked up to where it stood
 * when its row was read.
 *
 * Who can write all tables and knows this code can make a new chain; the backup of another day is
 * the witness against that.
 */
import { limits } from "../../config/limits.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import type { LevelRow } from "./stock.model.ts";
import {
	chainStart,
	levelKey,
	type Movement,
	type MovementKind,
	moved,
	movementHash,
	movementKinds,
	settlingKinds
} from "./stock.rules.ts";
import {
	countMovements,
	levelsAfter,
	type MovementRow,
	movementsAfter,
	orphans
} from "./stock.verify.model.ts";

/**
 * - `level`: its row is not that of its SKU and warehouse
 * - `missing`: a movement is gone
 * - `movement`: it does not say what it said when it was written, or not what the one before allows
 * - `counts`: the row does not say what its last movement says
 * - `orphan`: movements whose level is gone
 */
export type FaultReason = "level" | "missing" | "movement" | "counts" | "orphan";

export interface Fault {
	readonly reason: FaultReason;
	/** `sku 7 in warehouse 1`, with the number of the movement where it is about one. */
	readonly place: string;
	readonly found: string;
}

export interface Verification {
	readonly levels: number;
	readonly movements: number;
	/** At most `limits.stockFaultsShownMax`. */
	readonly faults: readonly Fault[];
}

export async function verifyStock(db: Queryable): Promise<Verification> {
	const faults: Fault[] = [];
	const report = (fault: Fault) => {
		if (faults.length < limits.stockFaultsShownMax) faults.push(fault);
	};
	let levels = 0;
	let last = -1;
	for (;;) {
		const rows = await levelsAfter(db, last, limits.stockVerifyRowsPerRead);
		for (const row of rows) await checkLevel(db, row, report);
		levels += rows.length;
		const end = rows.at(-1);
		if (!end) break;
		last = end.id;
	}
	for (const levelId of await orphans(db, limits.stockFaultsShownMax)) {
		report({ reason: "orphan", place: `level ${levelId}`, found: "movements without a level" });
	}
	return { levels, movements: await countMovements(db), faults };
}

type Report = (fault: Fault) => void;
const empty = { onHand: 0, reserved: 0, sold: 0 };

async function checkLevel(db: Queryable, level: LevelRow, report: Report): Promise<void> {
	const place = `sku ${level.sku_id} in warehouse ${level.warehouse_id}`;
	if (levelKey(String(level.sku_id), String(level.warehouse_id)).id !== level.id) {
		report({ reason: "level", place, found: `its id is ${level.id}` });
	}
	let at = { ...empty, sequence: 0, hash: chainStart };
	for (;;) {
		const rows = await movementsAfter(db, {
			...{ levelId: level.id, sequence: at.sequence, until: level.version },
			count: limits.stockVerifyRowsPerRead
		});
		for (const row of rows) {
			const where = `${place}, movement ${row.sequence}`;
			if (row.sequence !== at.sequence + 1) {
				report({ reason: "missing", place: where, found: `it follows ${at.sequence}` });
			} else if (!follows(row, at)) {
				report({ reason: "movement", place: where, found: `${row.kind} of ${row.quantity}` });
			}
			const { on_hand: onHand, reserved, sold, sequence, hash } = row;
			at = { onHand, reserved, sold, sequence, hash };
		}
		if (rows.length === 0) break;
	}
	if (at.sequence !== level.version) {
		report({ reason: "missing", place, found: `${at.sequence} of ${level.version} movements` });
	}
	const { on_hand, reserved, sold, hash } = level;
	const said = [on_hand, reserved, sold, hash];
	if (String(said) !== String([at.onHand, at.reserved, at.sold, at.hash])) {
		report({
			reason: "counts",
			place,
			found: `on hand ${on_hand}, reserved ${reserved}, sold ${sold}; its movements make \
${at.onHand}, ${at.reserved}, ${at.sold}`
		});
	}
}

/** Whether the row is what its movement made of the numbers before it. */
function follows(row: MovementRow, before: typeof empty & { hash: string }): boolean {
	if (!Object.hasOwn(movementKinds, row.kind)) return false;
	const kind = row.kind as MovementKind;
	const { onHand, reserved, sold } = before;
	const after = moved(kind, { onHand, reserved, sold }, row.quantity);
	if (!after) return false;
	const counts = [row.on_hand, row.reserved, row.sold];
	if (String(counts) !== String([after.onHand, after.reserved, after.sold])) return false;
	if (row.settled !== (settlingKinds.includes(kind) ? row.reference : null)) return false;
	const movement: Movement = {
		...{ levelId: row.level_id, sequence: row.sequence, kind, reference: row.reference },
		...{ quantity: row.quantity, ...after, reason: row.reason, at: row.at },
		actorId: row.actor_id === null ? null : String(row.actor_id)
	};
	return row.hash === movementHash(before.hash, movement);
}
