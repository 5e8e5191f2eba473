/** Changes of restrictions and words: written, numbered and, once committed, told of. */
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import { moderationErrors } from "./moderation.errors.ts";
import {
	countHolding,
	deleteChangesUpTo,
	deleteEnded,
	deleteRestrictions,
	findLastChangeBefore,
	insertChange,
	putRestriction,
	type RestrictionRow,
	type Scope
} from "./moderation.model.ts";
import { lockVersion, writeFloor, writeVersion } from "./moderation.versions.model.ts";
import { countWords, deleteWord, hasWord, insertWord } from "./moderation.words.model.ts";

/** Throws TOO_MANY_RESTRICTIONS; those of every room are at most two for each user. */
export async function lay(db: Sql, laid: Omit<RestrictionRow, "version">): Promise<RestrictionRow> {
	const { roomId, laidAt } = laid;
	return db.transaction(async (tx) => {
		const version = (await lockVersion(tx, "restrictions")) + 1;
		const max = limits.restrictionsPerRoomMax;
		if (roomId !== null && (await countHolding(tx, roomId, laidAt)) >= max) {
			throw moderationErrors.TOO_MANY_RESTRICTIONS({ max });
		}
		const row = { ...laid, version };
		await putRestriction(tx, row);
		await tell(tx, row, { version, at: laidAt });
		return row;
	});
}

/** Nothing is told where nothing was lifted. */
export async function liftFrom(
	db: Sql,
	scope: Scope & { operatorsToo: boolean },
	at: Date
): Promise<void> {
	await db.transaction(async (tx) => {
		const version = (await lockVersion(tx, "restrictions")) + 1;
		if ((await deleteRestrictions(tx, scope)) > 0) await tell(tx, scope, { version, at });
	});
}

async function tell(
	tx: Transaction,
	{ roomId, userId }: Scope,
	{ version, at }: { version: number; at: Date }
): Promise<void> {
	await insertChange(tx, { version, roomId, userId, at });
	await writeVersion(tx, "restrictions", version);
	// A hint: an edge that misses it finds the change at its next poll.
	tx.afterCommit(`moderation.changed:${roomId}:${userId}`, (broker) => {
		typed(broker)
			.broadcast("moderation.changed", { roomId, userId })
			.catch((error) => broker.logger.warn("A restriction was not announced:", error));
	});
}

/** Throws TOO_MANY_WORDS. A word that is forbidden already stays as it is. */
export async function forbid(
	db: Sql,
	{ word, byId, at }: { word: string; byId: string; at: Date }
): Promise<void> {
	await db.transaction(async (tx) => {
		const version = (await lockVersion(tx, "words")) + 1;
		if (await hasWord(tx, word)) return;
		const max = limits.wordsMax;
		if ((await countWords(tx)) >= max) throw moderationErrors.TOO_MANY_WORDS({ max });
		await insertWord(tx, { word, byId, addedAt: at, version });
		await tellWords(tx, version);
	});
}

export async function allow(db: Sql, word: string): Promise<void> {
	await db.transaction(async (tx) => {
		const version = (await lockVersion(tx, "words")) + 1;
		if (await deleteWord(tx, word)) await tellWords(tx, version);
	});
}

async function tellWords(tx: Transaction, version: number): Promise<void> {
	await writeVersion(tx, "words", version);
	tx.afterCommit("moderation.wordsChanged", (broker) => {
		typed(broker)
			.broadcast("moderation.wordsChanged", {})
			.catch((error) => broker.logger.warn("New words were not announced:", error));
	});
}

/**
 * Forgets what is over, and changes that every edge has heard of long since. Edges know when a
 * restriction ends, so nothing is told.
 */
export async function sweep(db: Sql, now: Date): Promise<void> {
	while (await deleteEnded(db, now, limits.restrictionSweepRowsMax));
	const before = new Date(now.getTime() - limits.restrictionChangeSecondsMax * 1000);
	const last = await findLastChangeBefore(db, before);
	if (last === 0) return;
	await db.transaction(async (tx) => {
		await lockVersion(tx, "restrictions");
		await deleteChangesUpTo(tx, last);
		await writeFloor(tx, "restrictions", last);
	});
}
