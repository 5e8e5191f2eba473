/** The table `payments_packages`: what coins cost. */
import { limits } from "../../config/limits.ts";
import type { Queryable, SqlValue } from "../../mixins/sql/index.ts";

export interface Package {
	readonly id: string;
	readonly coins: number;
	/** Minor units. */
	readonly amount: number;
	readonly currency: string;
	readonly position: number;
	readonly isActive: boolean;
}

interface PackageRow {
	id: number;
	coins: number;
	amount: number;
	currency: string;
	position: number;
	is_active: number;
}

const packageOf = (row: PackageRow): Package => ({
	id: String(row.id),
	coins: Number(row.coins),
	amount: Number(row.amount),
	currency: row.currency,
	position: Number(row.position),
	isActive: Number(row.is_active) === 1
});

const select = "SELECT id, coins, amount, currency, position, is_active FROM payments_packages";

/** In the order in which they are shown; there are never more than a screen of them. */
export async function listPackages(db: Queryable): Promise<Package[]> {
	const rows = await db.query<PackageRow>(`${select} ORDER BY position, id LIMIT ?`, [
		limits.rechargePackagesMax
	]);
	return rows.map(packageOf);
}

export async function findPackage(db: Queryable, id: string): Promise<Package | undefined> {
	const [row] = await db.query<PackageRow>(`${select} WHERE id = ?`, [id]);
	return row && packageOf(row);
}

export async function insertPackage(db: Queryable, pack: Package): Promise<void> {
	const { id, coins, amount, currency, position, isActive } = pack;
	await db.execute(
		`INSERT INTO payments_packages (id, coins, amount, currency, position, is_active)
			VALUES (?, ?, ?, ?, ?, ?)`,
		[id, coins, amount, currency, position, isActive]
	);
}

export type PackageWords = Partial<Omit<Package, "id" | "currency">>;

const columns = {
	coins: "coins",
	amount: "amount",
	position: "position",
	isActive: "is_active"
} as const;

/** Only what is given is written. False when there is no such package. */
export async function updatePackage(
	db: Queryable,
	id: string,
	words: PackageWords
): Promise<boolean> {
	const sets: string[] = [];
	const values: SqlValue[] = [];
	for (const [name, column] of Object.entries(columns)) {
		const value = words[name as keyof typeof columns];
		if (value === undefined) continue;
		sets.push(`${column} = ?`);
		values.push(value);
	}
	const { affectedRows } = await db.execute(
		`UPDATE payments_packages SET ${sets.join(", ")} WHERE id = ?`,
		[...values, id]
	);
	return affectedRows === 1;
}

export async function deletePackage(db: Queryable, id: string): Promise<boolean> {
	const { affectedRows } = await db.execute("DELETE FROM payments_packages WHERE id = ?", [id]);
	return affectedRows === 1;
}
