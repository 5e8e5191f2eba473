/** What the commands share that check the books: `ledger:verify` and `stock:verify`. */
import { loadEnv } from "../config/env.ts";
import { openSql, type Sql } from "../mixins/sql/index.ts";
import { explain } from "./explain.ts";

interface Fault {
	readonly reason: string;
	readonly place: string;
	readonly found: string;
}

/** What is printed: `checked` says how much was looked at. */
export function bookReport(book: string, checked: string, faults: readonly Fault[]): string {
	if (faults.length === 0) return `The ${book} is whole: ${checked}.`;
	const lines = faults.map(({ reason, place, found }) => `  ${reason}: ${place} (${found})`);
	return [`The ${book} is NOT whole: ${checked}. First faults:`, ...lines].join("\n");
}

/** Ends the process: with 1 when something is wrong, with 2 when it could not look. */
export async function verifyAndExit<Found extends { readonly faults: readonly Fault[] }>(
	verify: (db: Sql) => Promise<Found>,
	reportOf: (found: Found) => string
): Promise<never> {
	try {
		const db = openSql(loadEnv());
		const found = await verify(db).finally(() => db.close());
		console.log(reportOf(found));
		process.exit(found.faults.length === 0 ? 0 : 1);
	} catch (error) {
		console.error(explain(error));
		process.exit(2);
	}
}
