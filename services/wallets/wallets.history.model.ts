/** What has happened on accounts, for showing. */
import type { Queryable } from "../../mixins/sql/index.ts";
import type { AccountKind } from "./wallets.rules.ts";

export interface ShownEntry {
	readonly sequence: number;
	readonly amount: number;
	readonly balanceAfter: number;
	readonly transferId: string;
	readonly kind: string;
	readonly reference: string;
	readonly at: Date;
}

type ShownRow = Omit<ShownEntry, "balanceAfter" | "transferId"> & {
	balance_after: number;
	transfer_id: string;
};

/** Entries of an account before that sequence, the last one first. */
export async function listEntries(
	db: Queryable,
	query: { accountId: number; before: number | undefined; limit: number }
): Promise<ShownEntry[]> {
	const { accountId, before, limit } = query;
	const rows = await db.query<ShownRow>(
		`SELECT e.sequence, e.amount, e.balance_after, e.transfer_id, t.kind, t.reference, t.at
			FROM wallets_entries e JOIN wallets_transfers t ON t.id = e.transfer_id
			WHERE e.account_id = ? ${before === undefined ? "" : "AND e.sequence < ?"}
			ORDER BY e.sequence DESC LIMIT ?`,
		[accountId, ...(before === undefined ? [] : [before]), limit]
	);
	return rows.map(({ balance_after, transfer_id, ...row }) => ({
		...{ ...row, balanceAfter: balance_after, transferId: transfer_id }
	}));
}

export interface ShownTransfer {
	readonly id: string;
	readonly intent: string;
	readonly kind: string;
	readonly reference: string;
	readonly at: Date;
	readonly entries: readonly {
		/** The user; `"0"` is the platform. */
		readonly owner: string;
		readonly account: AccountKind;
		readonly currency: string;
		readonly sequence: number;
		readonly amount: number;
		readonly balanceAfter: number;
	}[];
}

interface LegRow {
	owner: number;
	account: AccountKind;
	currency: string;
	sequence: number;
	amount: number;
	balance_after: number;
}

/** By its id or its intent. */
export async function findTransfer(
	db: Queryable,
	name: string
): Promise<ShownTransfer | undefined> {
	const [transfer] = await db.query<Omit<ShownTransfer, "entries">>(
		"SELECT id, intent, kind, reference, at FROM wallets_transfers WHERE id = ? OR intent = ?",
		[name, name]
	);
	if (!transfer) return undefined;
	const rows = await db.query<LegRow>(
		`SELECT a.owner, a.kind AS account, a.currency, e.sequence, e.amount, e.balance_after
			FROM wallets_entries e JOIN wallets_accounts a ON a.id = e.account_id
			WHERE e.transfer_id = ? ORDER BY e.account_id`,
		[transfer.id]
	);
	const entries = rows.map(({ owner, balance_after, ...row }) => ({
		...{ ...row, owner: String(owner), balanceAfter: balance_after }
	}));
	return { ...transfer, entries };
}
