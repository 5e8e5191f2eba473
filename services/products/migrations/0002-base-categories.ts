import { placeholders, type Queryable } from "../../../mixins/sql/index.ts";

/** Ids below 1,000 are the base tree's. */
const base = [
	[1, null, "food", "Food & drink", "食品饮料", "식품·음료"],
	[2, 1, "tea", "Tea", "茶叶", "차"],
	[3, 1, "snacks", "Snacks", "零食", "간식"],
	[4, 1, "fresh", "Fresh food", "生鲜", "신선식품"],
	[10, null, "beauty", "Beauty", "美妆", "뷰티"],
	[11, 10, "skincare", "Skin care", "护肤", "스킨케어"],
	[12, 10, "makeup", "Make-up", "彩妆", "메이크업"],
	[20, null, "fashion", "Fashion", "服饰", "패션"],
	[21, 20, "women", "Women", "女装", "여성 의류"],
	[22, 20, "men", "Men", "男装", "남성 의류"],
	[23, 20, "shoes-bags", "Shoes & bags", "鞋包", "신발·가방"],
	[24, 20, "jewellery", "Jewellery", "珠宝", "주얼리"],
	[30, null, "home", "Home", "家居", "홈·리빙"],
	[31, 30, "kitchen", "Kitchen", "厨具", "주방"],
	[32, 30, "textiles", "Textiles", "家纺", "패브릭"],
	[40, null, "electronics", "Electronics", "数码", "전자제품"],
	[50, null, "kids", "Kids & toys", "母婴玩具", "유아·완구"],
	[60, null, "sports", "Sports & outdoors", "运动户外", "스포츠·아웃도어"],
	[70, null, "crafts", "Crafts & books", "手工图书", "공예·도서"],
	[99, null, "other", "Other", "其他", "기타"]
] as const;

export async function up(db: Queryable): Promise<void> {
	const known = await db.query<{ id: number }>(
		"SELECT id FROM products_categories WHERE id < 1000"
	);
	const missing = base.filter(([id]) => !known.some((row) => row.id === id));
	if (missing.length === 0) return;
	await db.execute(
		`INSERT INTO products_categories (id, parent_id, slug, name_en, name_zh, name_ko, position)
			VALUES ${placeholders(missing.length, 7)}`,
		missing.flatMap((category) => [...category, category[0]])
	);
}
