/**
 * Makes all sums again from the gift records, while gifts go on. A new generation is made beside
 * the one that is read. From its beginning on whoever counts a gift counts it into both, and a gift
 * that the rebuild reads and the channel brings has one mark, so it counts once. A rebuild that was
 * interrupted is begun again; two at once: the earlier one gives up.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../config/limits.ts";
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import { countInto } from "./ranks.counting.ts";
import { deleteUnread, lockState, writeState } from "./ranks.model.ts";
import type { GiftFact } from "./ranks.rules.ts";

export interface RebuildOptions {
	/** Committed gifts with ids above this one, in the order of ids. */
	readonly read: (afterId: string, limit: number) => Promise<readonly GiftFact[]>;
	readonly onStep?: (counted: number) => void;
	readonly rowsPerStep?: number;
	/** How long old sums stay for nodes that have not noticed; tests have none. */
	readonly settleMs?: number;
}

/** Answers how many records it went through. */
export async function rebuildRanks(db: Sql, options: RebuildOptions): Promise<number> {
	const { read, onStep, rowsPerStep = limits.rankRebuildRowsPerStep } = options;
	const { settleMs = 2 * limits.rankRecentMillisecondsMax } = options;
	const own = await begin(db);
	let counted = 0;
	let last = "0";
	for (;;) {
		const facts = await read(last, rowsPerStep);
		if (facts.length === 0) break;
		await db.transaction(async (tx) => {
			await stillOwn(tx, own);
			await countInto(tx, own, facts);
		});
		last = facts.at(-1)?.recordId ?? last;
		counted += facts.length;
		onStep?.(counted);
	}
	await db.transaction(async (tx) => {
		await stillOwn(tx, own);
		await writeState(tx, { generation: own, building: null });
	});
	// By then every node reads the new sums.
	await sleep(settleMs);
	await clear(db, rowsPerStep);
	return counted;
}

/** The new generation. */
const begin = (db: Sql): Promise<number> =>
	db.transaction(async (tx) => {
		const { generation, building } = await lockState(tx);
		const own = (building ?? generation) + 1;
		await writeState(tx, { generation, building: own });
		return own;
	});

async function stillOwn(tx: Transaction, own: number): Promise<void> {
	const { building } = await lockState(tx);
	if (building !== own) throw new Error("Another rebuild was begun after this one.");
}

/** Old generations go, a few rows at a time, so that counting goes on in between. */
async function clear(db: Sql, rowsPerStep: number): Promise<void> {
	const step = async (tx: Transaction) => deleteUnread(tx, await lockState(tx), rowsPerStep);
	while ((await db.transaction(step)) > 0);
}
