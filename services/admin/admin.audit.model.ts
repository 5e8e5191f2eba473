/** The tables `admin_audit` and `admin_audit_head`. */
import type { Queryable, Transaction } from "../../mixins/sql/index.ts";
import { type AuditEntry, type AuditRow, type Link, linked } from "./admin.audit.rules.ts";

interface Row {
	id: number;
	at: Date;
	actor_id: number;
	session_id: number;
	action: string;
	target: string | null;
	params: string;
	outcome: string;
	intent_id: number | null;
	request_id: string | null;
	client_address: string | null;
	prev_hash: string;
	hash: string;
}

const columns =
	"id, at, actor_id, session_id, action, target, params, outcome, intent_id, request_id, " +
	"client_address, prev_hash, hash";

/** Writes the next row of the chain. The lock on the head makes writers take turns. */
export async function append(tx: Transaction, entry: AuditEntry): Promise<AuditRow> {
	const last = await headOf(tx, tx.forUpdate);
	if (!last) throw new Error("The head of the audit log is gone.");
	const row = linked(last, entry, new Date());
	await tx.execute(`INSERT INTO admin_audit (${columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`, [
		row.id,
		row.at,
		row.actorId,
		row.sessionId,
		row.action,
		row.target,
		row.params,
		row.outcome,
		row.intentId,
		row.requestId,
		row.clientAddress,
		row.previousHash,
		row.hash
	]);
	await tx.execute("UPDATE admin_audit_head SET last_id = ?, last_hash = ? WHERE id = 1", [
		row.id,
		row.hash
	]);
	return row;
}

/** The last link, or undefined when somebody removed it. */
export async function headOf(
	db: Queryable,
	lock: "FOR UPDATE" | "" = ""
): Promise<Link | undefined> {
	const [row] = await db.query<{ last_id: number; last_hash: string }>(
		`SELECT last_id, last_hash FROM admin_audit_head WHERE id = 1 ${lock}`
	);
	return row && { id: String(row.last_id), hash: row.last_hash };
}

/** Rows in the order of the chain. */
export async function rowsAfter(db: Queryable, id: string, count: number): Promise<AuditRow[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM admin_audit WHERE id > ? ORDER BY id LIMIT ?`,
		[id, count]
	);
	return rows.map(auditRow);
}

export interface AuditFilter {
	readonly actorId?: string | undefined;
	readonly action?: string | undefined;
	/** Only rows older than this one. */
	readonly before?: number | undefined;
}

/** The newest rows first. */
export async function newest(
	db: Queryable,
	filter: AuditFilter,
	count: number
): Promise<AuditRow[]> {
	const conditions: string[] = [];
	const values: (string | number)[] = [];
	const narrow = (condition: string, value: string | number | undefined): void => {
		if (value === undefined) return;
		conditions.push(condition);
		values.push(value);
	};
	narrow("id < ?", filter.before);
	narrow("actor_id = ?", filter.actorId);
	narrow("action = ?", filter.action);
	const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM admin_audit ${where} ORDER BY id DESC LIMIT ?`,
		[...values, count]
	);
	return rows.map(auditRow);
}

const idOrNull = (id: number | null): string | null => (id === null ? null : String(id));

const auditRow = (row: Row): AuditRow => ({
	id: String(row.id),
	at: row.at,
	actorId: String(row.actor_id),
	sessionId: String(row.session_id),
	action: row.action,
	target: row.target,
	params: row.params,
	outcome: row.outcome,
	intentId: idOrNull(row.intent_id),
	requestId: row.request_id,
	clientAddress: row.client_address,
	previousHash: row.prev_hash,
	hash: row.hash
});
