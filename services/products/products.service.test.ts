import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type ShopStage, startShop } from "../../test/harness/shop-stage.ts";
import { until } from "../../test/harness/until.ts";
import { verifyStock } from "../stock/stock.verify.ts";

const price = (amount: number, currency = "USD") => ({ amount, currency });
const size = (value: string) => [{ name: "Size", value }];
const refusal = (type: string) => ({ status: "rejected", reason: { type } });

describe.each(sqlBackends)("products on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let opened: Opened;
	let stage: ShopStage;
	let call: ShopStage["call"];

	beforeAll(async () => {
		opened = await backend.open();
		stage = await startShop(opened);
		call = stage.call;
	});
	afterAll(async () => {
		await stage.stop();
		await opened.close();
	});

	it("offers a product with its SKUs and first stock", async () => {
		const made = await call(
			"products.create",
			{
				title: "  Spring   oolong ",
				description: "Picked in April.\r\nRoasted twice.",
				pictures: ["/files/1001", "/files/1002", "/files/1001"],
				category: "tea",
				skus: [
					{ attributes: size("50 g"), price: price(1_200), stock: 20 },
					{ attributes: size("100 g"), price: price(2_200), stock: 0 }
				]
			},
			as("1")
		);
		expect(made).toMatchObject({
			...{ sellerId: "1", title: "Spring oolong", status: "published", version: 1 },
			description: "Picked in April.\nRoasted twice.",
			pictures: ["/files/1001", "/files/1002"],
			category: "tea",
			skus: [
				{ sellerId: "1", attributes: size("50 g"), price: price(1_200), stock: 20 },
				{ sellerId: "1", attributes: size("100 g"), price: price(2_200), stock: 0 }
			]
		});
		expect(await call("products.get", { id: made.id })).toEqual(made);
		const [first] = made.skus;
		const { items } = await call("products.skus", { skuIds: [first?.id ?? "", "999999"] });
		expect(items).toEqual([
			{
				...{ skuId: first?.id, productId: made.id, sellerId: "1", title: "Spring oolong" },
				...{ pictureUrl: "/files/1001", attributes: size("50 g"), price: price(1_200) },
				onSale: true
			}
		]);
		expect((await verifyStock(stage.db)).faults).toEqual([]);
	});

	it("refuses what is no offer, and keeps nothing of it", async () => {
		const sku = { attributes: size("M"), price: price(100), stock: 1 };
		const good = { title: "Cup", skus: [sku] };
		const create = (change: object, who = "1") =>
			call("products.create", { ...good, ...change }, as(who));
		const count = async (table: string) =>
			(await stage.db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n;
		const tables = ["products_products", "products_skus", "stock_levels", "stock_movements"];
		const before = await Promise.all(tables.map(count));
		expect(
			await Promise.allSettled([
				create({ title: "\u200b" }),
				create({ description: "bell \u0007" }),
				create({ category: "nowhere" }),
				create({ skus: [{ ...sku, price: price(100, "EUR") }] }),
				create({ skus: [sku, sku] }),
				create({ skus: [{ ...sku, attributes: [...size("M"), ...size("L")] }] }),
				create({ skus: [] }),
				create({ skus: [{ ...sku, price: price(0) }] }),
				create({ skus: [{ ...sku, price: price(-5) }] }),
				create({ skus: [{ ...sku, price: price(1.5) }] }),
				create({ skus: [{ ...sku, stock: -1 }] }),
				create({ pictures: ["https://elsewhere.example/a.png"] }),
				create({ sellerId: "2" }),
				create({}, "20"),
				call("products.create", good)
			])
		).toMatchObject([
			refusal("PRODUCT_TEXT_NOT_ALLOWED"),
			refusal("PRODUCT_TEXT_NOT_ALLOWED"),
			refusal("CATEGORY_UNKNOWN"),
			refusal("CURRENCY_NOT_ALLOWED"),
			refusal("SKUS_ALIKE"),
			refusal("PRODUCT_TEXT_NOT_ALLOWED"),
			...Array.from({ length: 7 }, () => refusal("VALIDATION_ERROR")),
			refusal("FORBIDDEN"),
			refusal("UNAUTHENTICATED")
		]);
		expect(await Promise.all(tables.map(count))).toEqual(before);
	});

	it("makes one product of a key, however often it comes", async () => {
		const good = { title: "Once", skus: [{ price: price(100), stock: 3 }] };
		const create = (title = "Once") => call("products.create", { ...good, title }, as("2", "k-1"));
		const answers = await Promise.all(Array.from({ length: 8 }, () => create()));
		expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
		await expect(create("Twice")).rejects.toMatchObject({ type: "IDEMPOTENCY_CONFLICT" });
		expect((await call("products.mine", {}, as("2"))).items).toHaveLength(1);
	});

	it("lists what is published, the newest first, by category and seller", async () => {
		const sku = { price: price(100), stock: 1 };
		const make = (title: string, category: string, draft = false) =>
			call("products.create", { title, category, draft, skus: [sku] }, as("3"));
		const cup = await make("Cup", "kitchen");
		const towel = await make("Towel", "textiles");
		const tea = await make("Tea", "tea");
		const draft = await make("Draft", "kitchen", true);
		const list = async (query: object) => {
			const answer = await call("products.list", { sellerId: "3", ...query });
			return { ids: answer.items.map(({ id }) => id), nextCursor: answer.nextCursor };
		};
		expect((await list({})).ids).toEqual([tea.id, towel.id, cup.id]);
		expect((await list({ category: "home" })).ids).toEqual([towel.id, cup.id]);
		expect((await list({ category: "textiles" })).ids).toEqual([towel.id]);
		expect((await list({ category: "nowhere" })).ids).toEqual([]);
		const page = await list({ limit: 2 });
		expect(page.ids).toEqual([tea.id, towel.id]);
		expect(await list({ limit: 2, cursor: page.nextCursor })).toEqual({
			...{ ids: [cup.id], nextCursor: null }
		});
		const mine = async (query: object) =>
			(await call("products.mine", query, as("3"))).items.map(({ id }) => id);
		expect(await mine({ status: "draft" })).toEqual([draft.id]);
		expect(await mine({})).toEqual([draft.id, tea.id, towel.id, cup.id]);
		await expect(call("products.list", { cursor: "x" })).rejects.toMatchObject({
			type: "BAD_REQUEST"
		});
	});

	it("shows drafts to their seller only", async () => {
		const sku = { price: price(100), stock: 1 };
		const { id } = await call(
			"products.create",
			{ title: "Soon", draft: true, skus: [sku] },
			as("1")
		);
		for (const caller of [undefined, as("2")]) {
			const asked = call("products.get", { id }, caller);
			await expect(asked).rejects.toMatchObject({ type: "NOT_FOUND" });
		}
		expect((await call("products.get", { id }, as("1"))).status).toBe("draft");
		await expect(call("products.withdraw", { id }, as("1"))).rejects.toMatchObject({
			type: "PRODUCT_STATE"
		});
		expect((await call("products.publish", { id }, as("1"))).status).toBe("published");
		expect((await call("products.get", { id })).id).toBe(id);
		expect((await call("products.withdraw", { id }, as("1"))).status).toBe("withdrawn");
		expect((await call("products.withdraw", { id }, as("1"))).status).toBe("withdrawn");
		await expect(call("products.get", { id })).rejects.toMatchObject({ type: "NOT_FOUND" });
	});

	it("lets operators take a product away until they give it back", async () => {
		const { id } = await stage.product("1");
		const block = () => call("products.block", { id, reason: "Not allowed" }, as("9"));
		expect(await block()).toEqual({ changed: true });
		expect(await block()).toEqual({ changed: false });
		await expect(call("products.get", { id })).rejects.toMatchObject({ type: "NOT_FOUND" });
		for (const step of ["products.publish", "products.withdraw"] as const) {
			await expect(call(step, { id }, as("1"))).rejects.toMatchObject({ type: "PRODUCT_STATE" });
		}
		const reason = "A mistake";
		expect(await call("products.unblock", { id, reason }, as("9"))).toEqual({ changed: true });
		expect((await call("products.publish", { id }, as("1"))).status).toBe("published");
		const asSeller = call("products.block", { id, reason }, as("1"));
		await expect(asSeller).rejects.toMatchObject({ type: "FORBIDDEN" });
		expect(stage.audited.length).toBeGreaterThanOrEqual(2);
		await until(
			() =>
				stage.heard.filter(
					({ name, payload }) => name === "products.changed" && payload.productId === id
				).length === 4
		);
	});

	it("has a tree of categories in three languages", async () => {
		const { items } = await call("products.categories", {});
		const tea = items.find(({ slug }) => slug === "tea");
		expect(tea).toEqual({
			slug: "tea",
			parent: "food",
			names: { en: "Tea", zh: "茶叶", ko: "차" }
		});
		const known = new Set(items.map(({ slug }) => slug));
		for (const { parent, names } of items) {
			expect(parent === null || known.has(parent)).toBe(true);
			for (const name of Object.values(names)) expect(name).not.toBe("");
		}
		const parents = items.findLastIndex(({ parent }) => parent === null);
		expect(items.slice(0, parents + 1).every(({ parent }) => parent === null)).toBe(true);
	});

	it("keeps a seller within bounds", async () => {
		await stage.db.execute("INSERT INTO products_sellers (seller_id, products) VALUES (?, ?)", [
			"8",
			limits.productsPerSellerMax - 1
		]);
		const answers = await Promise.allSettled(Array.from({ length: 4 }, () => stage.product("8")));
		const kinds = answers.map(({ status }) => status).sort();
		expect(kinds).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
		const failed = answers.find(({ status }) => status === "rejected");
		expect(failed).toMatchObject({ reason: { type: "TOO_MANY_PRODUCTS" } });
	});
});
