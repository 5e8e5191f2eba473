/** The tables `admin_settings`, `admin_settings_history` and `admin_settings_revision`. */
import type { SettingName, SettingValue } from "../../config/runtime-settings.ts";
import type { Queryable, Transaction } from "../../mixins/sql/index.ts";

/** One version of a setting. */
export interface SettingVersion {
	readonly name: string;
	/** Null: the default, whatever the code says it is. */
	readonly value: SettingValue | null;
	readonly version: number;
	readonly changedBy: string;
	readonly changedAt: Date;
	readonly reason: string;
}

interface Row {
	name: string;
	value: string | null;
	version: number;
	changed_by: number;
	changed_at: Date;
	reason: string;
}

const columns = "name, value, version, changed_by, changed_at, reason";

/** How many changes there were. */
export async function revisionOf(db: Queryable): Promise<number> {
	const [row] = await db.query<{ revision: number }>(
		"SELECT revision FROM admin_settings_revision WHERE id = 1"
	);
	return row?.revision ?? 0;
}

/** The settings that were ever changed, as they are now. */
export async function currentSettings(db: Queryable): Promise<SettingVersion[]> {
	return (await db.query<Row>(`SELECT ${columns} FROM admin_settings`)).map(versionOf);
}

/** At most `count` versions older than `before`, the newest first. */
export async function historyOf(
	db: Queryable,
	name: SettingName,
	{ before, count }: { before: number; count: number }
): Promise<SettingVersion[]> {
	const rows = await db.query<Row>(
		`SELECT ${columns} FROM admin_settings_history WHERE name = ? AND version < ?
		 ORDER BY version DESC LIMIT ?`,
		[name, before, count]
	);
	return rows.map(versionOf);
}

/**
 * Makes all changes take turns, over all nodes, until this transaction ends; returns the revision
 * that the change will make. Call it before anything is read.
 */
export async function takeTurn(tx: Transaction): Promise<number> {
	await tx.execute("UPDATE admin_settings_revision SET revision = revision + 1 WHERE id = 1");
	return revisionOf(tx);
}

/** The version in force; undefined while the setting was never changed. */
export async function findSetting(
	db: Queryable,
	name: SettingName
): Promise<SettingVersion | undefined> {
	const [row] = await db.query<Row>(`SELECT ${columns} FROM admin_settings WHERE name = ?`, [name]);
	return row && versionOf(row);
}

/** Writes the version into the history and makes it the one in force. */
export async function putSetting(tx: Transaction, change: SettingVersion): Promise<void> {
	const { name, version, changedBy, changedAt, reason } = change;
	const value = change.value === null ? null : JSON.stringify(change.value);
	await tx.execute(`INSERT INTO admin_settings_history (${columns}) VALUES (?,?,?,?,?,?)`, [
		name,
		value,
		version,
		changedBy,
		changedAt,
		reason
	]);
	if (version === 1) {
		await tx.execute(`INSERT INTO admin_settings (${columns}) VALUES (?,?,?,?,?,?)`, [
			name,
			value,
			version,
			changedBy,
			changedAt,
			reason
		]);
		return;
	}
	await tx.execute(
		`UPDATE admin_settings SET value = ?, version = ?, changed_by = ?, changed_at = ?, reason = ?
		 WHERE name = ?`,
		[value, version, changedBy, changedAt, reason, name]
	);
}

const versionOf = (row: Row): SettingVersion => ({
	name: row.name,
	value: row.value === null ? null : (JSON.parse(row.value) as SettingValue),
	version: row.version,
	changedBy: String(row.changed_by),
	changedAt: row.changed_at,
	reason: row.reason
});
