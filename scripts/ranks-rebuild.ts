/**
 * `npm run ranks:rebuild` counts all rankings and fan levels again from the gift records. The
 * platform may run meanwhile; what it shows changes at the end, at once. Safe to interrupt and to
 * run again.
 */
import { loadEnv } from "../config/env.ts";
import { openSql, type Sql } from "../mixins/sql/index.ts";
import { listRecordsAfter } from "../services/gifts/gifts.model.ts";
import { rebuildRanks } from "../services/ranks/ranks.rebuild.ts";
import { explain } from "./explain.ts";

/** Answers how many gifts were counted. */
export const rebuildFromRecords = (db: Sql, onStep?: (counted: number) => void): Promise<number> =>
	rebuildRanks(db, {
		...(onStep ? { onStep } : {}),
		async read(afterId, limit) {
			const records = await listRecordsAfter(db, afterId, limit);
			return records.map(({ id, at, ...record }) => ({
				...record,
				recordId: id,
				at: at.getTime()
			}));
		}
	});

if (import.meta.main) {
	const db = openSql(loadEnv());
	try {
		const counted = await rebuildFromRecords(db, (count) => console.log(`${count} gifts counted`));
		console.log(`Done: rankings are what ${counted} gifts make them.`);
	} catch (error) {
		console.error(explain(error));
		process.exitCode = 1;
	} finally {
		await db.close();
	}
}
