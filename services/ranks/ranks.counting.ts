/**
 * Counts gifts into the sums, each once. Many facts share a transaction, in which the mark of each
 * stands beside what it added: a fact that comes again finds its mark and adds nothing.
 *
 * All counting passes through the row `ranks_state`, one transaction at a time: facts of one hot
 * room meet in the same rows anyway, and a rebuild sees a clear before and after.
 */
import { limits } from "../../config/limits.ts";
import { type CommitFigures, type GroupCommit, groupCommit } from "../../lib/group-commit.ts";
import type { Sql, Transaction } from "../../mixins/sql/index.ts";
import { once } from "../outbox/outbox.tx.ts";
import { type Board, insertTotals, lockState, totalsOf, updateTotal } from "./ranks.model.ts";
import { added, type GiftFact, sumsOf, type Total } from "./ranks.rules.ts";

/** The new sums of a ranking, as they stand in SQL now. */
export interface Changed extends Board {
	readonly totals: readonly Total[];
}

const factBytes = 256;

/** `onCounted` hears the sums that are read, after their commit. */
export function giftCounting(
	db: Sql,
	onCounted: (changed: readonly Changed[]) => void,
	onCommit?: (commit: CommitFigures) => void
): GroupCommit<GiftFact, true> {
	return groupCommit<GiftFact, true>({
		itemsMax: limits.rankFactsPerCommitMax,
		bytesMax: limits.rankFactsPerCommitMax * factBytes,
		bytesOf: () => factBytes,
		queueItemsMax: limits.rankFactsWaitingMax,
		queueBytesMax: limits.rankFactsWaitingBytesMax,
		...(onCommit ? { onCommit } : {}),
		async commit(facts) {
			onCounted(await db.transaction((tx) => countAll(tx, facts)));
			return facts.map(() => true as const);
		}
	});
}

/** Into the sums that are read and into those that are being made; answers the former. */
export async function countAll(tx: Transaction, facts: readonly GiftFact[]): Promise<Changed[]> {
	const { generation, building } = await lockState(tx);
	const changed = await countInto(tx, generation, facts);
	if (building !== null) await countInto(tx, building, facts);
	return changed;
}

/** Only the facts that this generation has not counted yet. */
export async function countInto(
	tx: Transaction,
	generation: number,
	facts: readonly GiftFact[]
): Promise<Changed[]> {
	const fresh: GiftFact[] = [];
	for (const fact of facts) {
		if (await once(tx, `ranks/${generation}`, fact.recordId)) fresh.push(fact);
	}
	const changed: Changed[] = [];
	for (const [name, sums] of sumsOf(fresh)) {
		changed.push(await addTo(tx, { generation, board: name }, [...sums.values()]));
	}
	return changed;
}

async function addTo(tx: Transaction, board: Board, sums: readonly Total[]): Promise<Changed> {
	const known = await totalsOf(
		tx,
		board,
		sums.map(({ userId }) => userId)
	);
	const isKnown = ({ userId }: Total) => known.has(userId);
	const totals = sums.map((sum) => added(known.get(sum.userId), sum));
	for (const total of totals.filter(isKnown)) await updateTotal(tx, board, total);
	await insertTotals(
		tx,
		board,
		totals.filter((total) => !isKnown(total))
	);
	return { ...board, totals };
}
