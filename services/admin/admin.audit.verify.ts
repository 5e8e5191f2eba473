/** Walks the audit chain and finds the first row that is not as it was written. */
import { limits } from "../../config/limits.ts";
import type { Queryable } from "../../mixins/sql/index.ts";
import { headOf, rowsAfter } from "./admin.audit.model.ts";
import { type Fault, faultOf, type Link, start } from "./admin.audit.rules.ts";

export interface Verification {
	/** How many rows were found good. */
	readonly checked: number;
	/** The last good link. Kept elsewhere, it proves later that nothing before it was changed. */
	readonly last: Link;
	readonly fault: Fault | undefined;
	/** Whether the end was reached. */
	readonly complete: boolean;
}

export interface VerifyOptions {
	/** Go on after this link, which an earlier verification found good. */
	readonly from?: Link;
	/** Stop after so many rows; all of them unless told. */
	readonly rowsMax?: number;
}

/**
 * Checks the rows up to the head as it stands now; rows appended meanwhile are left for the next
 * time. Reads in steps and holds no lock.
 */
export async function verifyAudit(
	db: Queryable,
	{ from = start, rowsMax = Number.POSITIVE_INFINITY }: VerifyOptions = {}
): Promise<Verification> {
	const head = await headOf(db);
	let last = from;
	let checked = 0;
	const broken = (fault: Fault): Verification => ({ checked, last, fault, complete: false });

	while (head && Number(last.id) < Number(head.id)) {
		if (checked >= rowsMax) return { checked, last, fault: undefined, complete: false };
		const count = Math.min(
			limits.auditVerifyRowsPerRead,
			rowsMax - checked,
			Number(head.id) - Number(last.id)
		);
		const rows = await rowsAfter(db, last.id, count);
		for (const row of rows) {
			const fault = faultOf(last, row);
			if (fault) return broken(fault);
			last = { id: row.id, hash: row.hash };
			checked++;
		}
		if (rows.length === 0) return broken({ id: next(last), reason: "missing" });
	}
	if (head?.id !== last.id || head.hash !== last.hash) {
		return broken({ id: last.id, reason: "head" });
	}
	return { checked, last, fault: undefined, complete: true };
}

const next = (link: Link): string => String(Number(link.id) + 1);
