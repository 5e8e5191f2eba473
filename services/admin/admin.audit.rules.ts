/**
 * The audit chain: each row carries the hash of the row before it, so that a changed, removed or
 * inserted row breaks every hash after it. Whoever can write the whole table and its head can
 * rebuild the chain from there; the head hash that each append writes to the log is the witness
 * outside the database.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../lib/canonical-json.ts";

/** What a row says. All of it is under the hash. */
export interface AuditEntry {
	readonly actorId: string;
	readonly sessionId: string;
	readonly action: string;
	/** What was acted on, by the params of the path. */
	readonly target: string | null;
	/** JSON as it is stored. */
	readonly params: string;
	/** `begun`, `ok`, or the code of the error. */
	readonly outcome: string;
	/** The `begun` row that this outcome closes. */
	readonly intentId: string | null;
	readonly requestId: string | null;
	readonly clientAddress: string | null;
}

/** The last link of a chain, or the place to go on from. */
export interface Link {
	/** 0 before the first row. */
	readonly id: string;
	readonly hash: string;
}

export interface AuditRow extends AuditEntry, Link {
	readonly at: Date;
	readonly previousHash: string;
}

/** What the first row follows. */
export const start: Link = { id: "0", hash: "0".repeat(64) };

/** `id:hash`, as an earlier verification gave it; the start of the chain without it. */
export function linkOf(text: string | undefined): Link {
	const [id, hash] = text?.split(":") ?? [];
	return id && hash ? { id, hash } : start;
}

/** The row that follows `previous`. */
export function linked(previous: Link, entry: AuditEntry, at: Date): AuditRow {
	const row = { ...entry, id: String(Number(previous.id) + 1), at, previousHash: previous.hash };
	return { ...row, hash: hashOfRow(row) };
}

/** SHA-256 in hex over the previous hash and the canonical JSON of everything in the row. */
export function hashOfRow(row: Omit<AuditRow, "hash"> & { readonly hash?: string }): string {
	const { previousHash, hash: _, at, ...said } = row;
	// Milliseconds: a forged time that is none at all gives another hash instead of an exception.
	const text = canonicalJson({ ...said, at: Number(at) });
	return createHash("sha256").update(previousHash).update(text).digest("hex");
}

/**
 * - `missing`: a row is gone, or its id was changed
 * - `link`: it does not follow the row before it
 * - `content`: it does not say what it said when it was written
 * - `head`: the chain ends otherwise than its head says
 */
export type FaultReason = "missing" | "link" | "content" | "head";

export interface Fault {
	readonly id: string;
	readonly reason: FaultReason;
}

/** What is wrong with `row` as the one after `previous`. */
export function faultOf(previous: Link, row: AuditRow): Fault | undefined {
	const id = String(Number(previous.id) + 1);
	if (row.id !== id) return { id, reason: "missing" };
	if (row.previousHash !== previous.hash) return { id, reason: "link" };
	return row.hash === hashOfRow(row) ? undefined : { id, reason: "content" };
}

/** A row as operators see it. `params` stays text: a forged row must not break the list. */
export const shownRow = ({ previousHash: _, at, ...row }: AuditRow) => ({
	...row,
	at: at.toISOString()
});
