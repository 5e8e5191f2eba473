/** The table `gifts_gifts`. */
import type { Queryable, SqlValue } from "../../mixins/sql/index.ts";

export interface CatalogueGift {
	readonly id: string;
	readonly names: { readonly en: string; readonly zh: string; readonly ko: string };
	/** Coins for one. */
	readonly price: number;
	readonly effect: string;
	readonly icon: string;
	readonly countMax: number;
	readonly retiredAt: Date | null;
	readonly updatedAt: Date;
}

interface Row {
	id: number;
	name_en: string;
	name_zh: string;
	name_ko: string;
	price: number;
	effect: string;
	icon: string;
	count_max: number;
	retired_at: Date | null;
	updated_at: Date;
}

const columns = `id, name_en, name_zh, name_ko, price, effect, icon, count_max,
	retired_at, updated_at`;

const giftOf = (row: Row): CatalogueGift => ({
	id: String(row.id),
	names: { en: row.name_en, zh: row.name_zh, ko: row.name_ko },
	price: Number(row.price),
	effect: row.effect,
	icon: row.icon,
	countMax: Number(row.count_max),
	retiredAt: row.retired_at,
	updatedAt: row.updated_at
});

/** The cheapest first. */
export async function findCatalogue(db: Queryable): Promise<CatalogueGift[]> {
	const rows = await db.query<Row>(`SELECT ${columns} FROM gifts_gifts ORDER BY price, id`);
	return rows.map(giftOf);
}

export async function findGift(db: Queryable, id: string): Promise<CatalogueGift | undefined> {
	const [row] = await db.query<Row>(`SELECT ${columns} FROM gifts_gifts WHERE id = ?`, [id]);
	return row && giftOf(row);
}

export async function insertGift(
	db: Queryable,
	gift: Omit<CatalogueGift, "retiredAt">
): Promise<void> {
	const { id, names, price, effect, icon, countMax, updatedAt } = gift;
	await db.execute(
		`INSERT INTO gifts_gifts
			(id, name_en, name_zh, name_ko, price, effect, icon, count_max, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		[
			...[id, names.en, names.zh, names.ko, price, effect, icon],
			...[countMax, updatedAt, updatedAt]
		]
	);
}

export type GiftChanges = Partial<Omit<CatalogueGift, "id" | "updatedAt">>;

/** False when there is no such gift. Leaves alone what `changes` does not name. */
export async function updateGift(
	db: Queryable,
	id: string,
	changes: GiftChanges & { readonly at: Date }
): Promise<boolean> {
	const { names, price, effect, icon, countMax, retiredAt, at } = changes;
	const values: Record<string, SqlValue | undefined> = {
		name_en: names?.en,
		name_zh: names?.zh,
		name_ko: names?.ko,
		price,
		effect,
		icon,
		count_max: countMax,
		retired_at: retiredAt,
		updated_at: at
	};
	const set = Object.entries(values).filter(
		(pair): pair is [string, SqlValue] => pair[1] !== undefined
	);
	const { affectedRows } = await db.execute(
		`UPDATE gifts_gifts SET ${set.map(([column]) => `${column} = ?`).join(", ")} WHERE id = ?`,
		[...set.map(([, value]) => value), id]
	);
	return affectedRows === 1;
}
