import { placeholders, type Queryable } from "../../../mixins/sql/index.ts";

/** Ids below 1,000 are the base catalogue's; operators change and retire them like their own. */
const base = [
	[1, "Heart", "爱心", "하트", 1, "heart", "💗", 9_999],
	[2, "Rose", "玫瑰", "장미", 5, "petals", "🌹", 9_999],
	[3, "Coffee", "咖啡", "커피", 20, "steam", "☕", 9_999],
	[4, "Cake", "蛋糕", "케이크", 66, "candles", "🎂", 9_999],
	[5, "Fireworks", "烟花", "불꽃놀이", 188, "fireworks", "🎆", 999],
	[6, "Crown", "皇冠", "왕관", 520, "crown", "👑", 999],
	[7, "Sports car", "跑车", "스포츠카", 1_314, "car", "🏎️", 999],
	[8, "Rocket", "火箭", "로켓", 5_000, "rocket", "🚀", 99]
] as const;

export async function up(db: Queryable): Promise<void> {
	const known = await db.query<{ id: number }>("SELECT id FROM gifts_gifts WHERE id < 1000");
	const missing = base.filter(([id]) => !known.some((row) => Number(row.id) === id));
	if (missing.length === 0) return;
	const at = new Date();
	await db.execute(
		`INSERT INTO gifts_gifts
			(id, name_en, name_zh, name_ko, price, effect, icon, count_max, created_at, updated_at)
			VALUES ${placeholders(missing.length, 10)}`,
		missing.flatMap((gift) => [...gift, at, at])
	);
}
