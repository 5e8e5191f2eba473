/** The tables `addresses_addresses` and `addresses_users`. */
import {
	isUniqueViolation,
	placeholders,
	type Queryable,
	type Transaction
} from "../../mixins/sql/index.ts";

export interface AddressRow {
	readonly id: string;
	readonly userId: string;
	readonly isDefault: boolean;
	readonly name: string;
	readonly phone: string;
	readonly country: string;
	readonly city: string;
	readonly line1: string;
	readonly line2: string | null;
	readonly postalCode: string;
}

interface StoredAddress {
	id: number;
	user_id: number;
	default_of: number | null;
	name: string;
	phone: string;
	country: string;
	city: string;
	line1: string;
	line2: string | null;
	postal_code: string;
}

const columns = "id, user_id, default_of, name, phone, country, city, line1, line2, postal_code";

const addressRow = (row: StoredAddress): AddressRow => ({
	id: String(row.id),
	userId: String(row.user_id),
	isDefault: row.default_of !== null,
	...{ name: row.name, phone: row.phone, country: row.country, city: row.city },
	...{ line1: row.line1, line2: row.line2, postalCode: row.postal_code }
});

/** Until the transaction ends nobody else changes addresses of this user. */
export async function lockUser(tx: Transaction, userId: string): Promise<void> {
	const touch = () =>
		tx.execute("UPDATE addresses_users SET changes = changes + 1 WHERE user_id = ?", [userId]);
	if ((await touch()).affectedRows === 1) return;
	try {
		await tx.execute("INSERT INTO addresses_users (user_id, changes) VALUES (?, 1)", [userId]);
	} catch (error) {
		// Another first change came in between.
		if (!isUniqueViolation(error)) throw error;
		await touch();
	}
}

export async function findAddress(db: Queryable, id: string): Promise<AddressRow | undefined> {
	const [row] = await db.query<StoredAddress>(
		`SELECT ${columns} FROM addresses_addresses WHERE id = ?`,
		[id]
	);
	return row && addressRow(row);
}

/** The default first, then the newest. */
export async function listAddresses(db: Queryable, userId: string): Promise<AddressRow[]> {
	const rows = await db.query<StoredAddress>(
		`SELECT ${columns} FROM addresses_addresses WHERE user_id = ?
			ORDER BY default_of IS NULL, id DESC`,
		[userId]
	);
	return rows.map(addressRow);
}

/** The default addresses of these users, in no order. */
export async function defaultsOf(db: Queryable, userIds: readonly string[]): Promise<AddressRow[]> {
	if (userIds.length === 0) return [];
	const rows = await db.query<StoredAddress>(
		`SELECT ${columns} FROM addresses_addresses
			WHERE default_of IN ${placeholders(1, userIds.length)}`,
		userIds
	);
	return rows.map(addressRow);
}

export async function insertAddress(tx: Transaction, row: AddressRow, at: Date): Promise<void> {
	await tx.execute(
		`INSERT INTO addresses_addresses (${columns}, created_at) VALUES ${placeholders(1, 11)}`,
		[
			...[row.id, row.userId, row.isDefault ? row.userId : null, row.name, row.phone],
			...[row.country, row.city, row.line1, row.line2, row.postalCode, at]
		]
	);
}

/** Everything but whose it is. */
export async function updateAddress(tx: Transaction, row: AddressRow): Promise<void> {
	await tx.execute(
		`UPDATE addresses_addresses SET default_of = ?, name = ?, phone = ?, country = ?, city = ?,
				line1 = ?, line2 = ?, postal_code = ?
			WHERE id = ?`,
		[
			...[row.isDefault ? row.userId : null, row.name, row.phone, row.country, row.city],
			...[row.line1, row.line2, row.postalCode, row.id]
		]
	);
}

/** Makes room for another default. */
export async function clearDefault(tx: Transaction, userId: string): Promise<void> {
	await tx.execute("UPDATE addresses_addresses SET default_of = NULL WHERE default_of = ?", [
		userId
	]);
}

export async function deleteAddress(tx: Transaction, id: string): Promise<void> {
	await tx.execute("DELETE FROM addresses_addresses WHERE id = ?", [id]);
}
