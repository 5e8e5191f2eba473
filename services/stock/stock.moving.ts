/** Movements on locked levels: decided in memory, then written by a few statements. */
import { limits } from "../../config/limits.ts";
import type { Transaction } from "../../mixins/sql/index.ts";
import {
	type ChangedLevel,
	findMovements,
	insertMovements,
	type KnownMovement,
	type LevelState,
	lockLevels,
	type NewMovement,
	writeLevels
} from "./stock.model.ts";
import {
	availableFor,
	checkLine,
	levelKey,
	type MovementKind,
	moved,
	movementHash,
	settlingKinds
} from "./stock.rules.ts";
import type { StockLine, StockOptions, StockVerdict } from "./stock.tx.ts";

/** A line with what only some movements say. */
export interface MovingLine extends StockLine {
	readonly actorId?: string;
	readonly reason?: string;
}

/**
 * References are looked up when the levels are locked: whoever moved the same line held that lock
 * and has committed. Only a reference that comes with two SKUs at once gets past that; the unique
 * key stops it, and all is decided again with what is known now.
 */
export async function moveAll(
	tx: Transaction,
	kind: MovementKind,
	lines: readonly MovingLine[],
	{ allOrNothing = false }: StockOptions = {}
): Promise<StockVerdict[]> {
	if (lines.length > limits.stockLinesPerCallMax) {
		throw new TypeError("Too many stock lines for one call.");
	}
	if (lines.length === 0) return [];
	for (const line of lines) checkLine(kind, line);
	const levels = await lockLevels(
		tx,
		lines.map(({ skuId, warehouseId }) => levelKey(skuId, warehouseId).id)
	);
	const references = [...new Set(lines.map(({ reference }) => reference))];
	for (;;) {
		const book = new Book(kind, levels, await findMovements(tx, references));
		const verdicts = lines.map((line) => book.move(line));
		const isGood = ({ outcome }: StockVerdict) => outcome === "done" || outcome === "repeated";
		if (allOrNothing && !verdicts.every(isGood)) return verdicts.map(withheld);
		if (await insertMovements(tx, book.movements)) {
			await writeLevels(tx, book.changed);
			return verdicts;
		}
	}
}

const withheld = (verdict: StockVerdict): StockVerdict =>
	verdict.outcome === "done" ? { outcome: "withheld" } : verdict;

/** The locked levels as they are after the lines so far. */
class Book {
	readonly movements: NewMovement[] = [];
	readonly #kind: MovementKind;
	readonly #levels: Map<number, LevelState>;
	/** By reference: all that it did before, and in this call. */
	readonly #known = new Map<string, KnownMovement[]>();
	readonly #at = new Date();

	constructor(kind: MovementKind, levels: readonly LevelState[], known: readonly KnownMovement[]) {
		this.#kind = kind;
		this.#levels = new Map(levels.map((level) => [level.id, level]));
		for (const movement of known) this.#remember(movement);
	}

	/** Levels that moved, with the version that they had when they were locked. */
	get changed(): ChangedLevel[] {
		const moves = new Map<number, number>();
		for (const { levelId } of this.movements) moves.set(levelId, (moves.get(levelId) ?? 0) + 1);
		return [...this.#levels.values()].flatMap((level) => {
			const count = moves.get(level.id);
			return count ? [{ ...level, lockedVersion: level.version - count }] : [];
		});
	}

	move(line: MovingLine): StockVerdict {
		const levelId = levelKey(line.skuId, line.warehouseId).id;
		const before = this.#before(line.reference);
		if (before) return { outcome: toldAgain(before, this.#kind, { ...line, levelId }) };
		const level = this.#levels.get(levelId);
		const counts = level && moved(this.#kind, level, line.quantity);
		if (!level || !counts) {
			const available = level ? availableFor(this.#kind, level) : 0;
			return { outcome: "insufficient", available };
		}
		const { actorId = null, reason = null, quantity, reference } = line;
		const kind = this.#kind;
		const movement = {
			...{ levelId, sequence: level.version + 1, kind, reference, quantity },
			...{ ...counts, actorId, reason, at: this.#at }
		};
		const hash = movementHash(level.hash, movement);
		this.movements.push({ ...movement, hash });
		this.#remember({ levelId, kind, reference, quantity });
		this.#levels.set(levelId, { ...level, ...counts, version: movement.sequence, hash });
		return { outcome: "done", onHand: counts.onHand };
	}

	#remember(movement: KnownMovement): void {
		const all = this.#known.get(movement.reference) ?? [];
		this.#known.set(movement.reference, [...all, movement]);
	}

	/** The movement because of which this reference cannot take this step again. */
	#before(reference: string): KnownMovement | undefined {
		const all = this.#known.get(reference) ?? [];
		const same = all.find(({ kind }) => kind === this.#kind);
		if (same || !settlingKinds.includes(this.#kind)) return same;
		return all.find(({ kind }) => settlingKinds.includes(kind));
	}
}

function toldAgain(
	before: KnownMovement,
	kind: MovementKind,
	line: { levelId: number; quantity: number }
): "repeated" | "conflict" {
	const { levelId, quantity } = before;
	const same = before.kind === kind && levelId === line.levelId && quantity === line.quantity;
	return same ? "repeated" : "conflict";
}
