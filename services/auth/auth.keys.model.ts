/** The table `auth_keys`: signing keys, the private part sealed. Keys are few and stay. */
import { isUniqueViolation, type Queryable } from "../../mixins/sql/index.ts";

export interface StoredKey {
	/** 1, 2, 3 …; no two nodes can make the same one. */
	readonly number: number;
	readonly kid: string;
	readonly publicX: string;
	readonly privateSealed: Buffer;
	readonly activeFrom: Date;
}

/** In the order of making. */
export async function findKeys(db: Queryable): Promise<StoredKey[]> {
	const rows = await db.query<{
		key_number: number;
		kid: string;
		public_x: string;
		private_sealed: Buffer;
		active_from: Date;
	}>(
		`SELECT key_number, kid, public_x, private_sealed, active_from FROM auth_keys
			ORDER BY key_number`
	);
	return rows.map((row) => ({
		number: Number(row.key_number),
		kid: row.kid,
		publicX: row.public_x,
		privateSealed: row.private_sealed,
		activeFrom: row.active_from
	}));
}

/** False when another node made the key of that number first. */
export async function insertKey(db: Queryable, key: StoredKey): Promise<boolean> {
	try {
		await db.execute(
			`INSERT INTO auth_keys (key_number, kid, public_x, private_sealed, active_from)
				VALUES (?, ?, ?, ?, ?)`,
			[key.number, key.kid, key.publicX, key.privateSealed, key.activeFrom]
		);
		return true;
	} catch (error) {
		if (isUniqueViolation(error)) return false;
		throw error;
	}
}
